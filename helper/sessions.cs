// All sessions of all ports: how many there may be, and how long each may rest.
namespace Wslfwd {
  using System;
  using System.Collections.Generic;
  using System.Threading;

  static class Sessions {
    // Every change of what exists is made under this one lock. One, since making room for a port's session may close
    // another port's. Passing datagrams on does not take it but to look a session up.
    internal static readonly object Gate = new object();

    const int Max = 1024;
    // conntrack forgets what nobody answered after 30 s. RFC 4787 REQ-5: else not before 120 s, 300 s are recommended.
    const int UnansweredMs = 30000, AnsweredMs = 300000;
    const int SweepMs = 5000;
    // Who has to go where there is no room: one that nobody answered for 1 s, else one that rests for 10 s.
    const int EvictUnansweredMs = 1000, EvictAnsweredMs = 10000;
    const int TouchMs = 1000; // The order of the list need not be finer.

    static readonly LinkedList<Session> All = new LinkedList<Session>(); // The least lately used first.
    static Timer sweeper;
    static int faults;

    internal static int Count { get { lock (Gate) return All.Count; } }
    internal static int Faults { get { return faults; } }

    // Begins to close what rests for too long.
    internal static void StartSweeping() {
      sweeper = new Timer(delegate { Sweep(); }, null, SweepMs, SweepMs);
    }

    internal static void NoteFault() {
      Interlocked.Increment(ref faults);
    }

    internal static void Add(Session session) {
      All.AddLast(session.Node);
    }

    internal static void Remove(Session session) {
      if (session.Node.List != null) All.Remove(session.Node);
    }

    // The session was used now.
    internal static void Touch(Session session) {
      int now = Environment.TickCount;
      if (Since(session.LastUsedMs, now) < TouchMs) return;
      lock (Gate) {
        session.LastUsedMs = now;
        if (session.Node.List == null) return;
        All.Remove(session.Node);
        All.AddLast(session.Node);
      }
    }

    // Whether there is room for one more; to be called under Gate. An active session never has to go.
    internal static bool MakeRoom() {
      if (All.Count < Max) return true;
      int now = Environment.TickCount;
      foreach (Session session in All) {
        int restsMs = Since(session.LastUsedMs, now);
        if (restsMs < EvictUnansweredMs) return false; // In the order of use: none behind it rests longer.
        if (session.IsAnswered && restsMs < EvictAnsweredMs) continue;
        session.Close();
        return true;
      }
      return false;
    }

    static void Sweep() {
      GC.KeepAlive(sweeper);
      lock (Gate) {
        int now = Environment.TickCount;
        for (LinkedListNode<Session> node = All.First, next; node != null; node = next) {
          next = node.Next;
          Session session = node.Value;
          if (Since(session.LastUsedMs, now) > (session.IsAnswered ? AnsweredMs : UnansweredMs)) session.Close();
        }
      }
    }

    // TickCount begins anew after 49 days.
    static int Since(int thenMs, int nowMs) {
      return unchecked(nowMs - thenMs);
    }
  }
}
