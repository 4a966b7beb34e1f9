// Tells that something on Windows may be otherwise. These are hints: what it is now, whoever hears of it reads.
namespace Wslfwd {
  using System;
  using System.Collections.Generic;
  using System.Threading;

  static class Watch {
    // The portproxy table, the firewall's rules, what listens, what Windows takes its networks for, its addresses.
    internal static readonly string[] Subjects = { "entries", "rules", "listeners", "networks", "addresses" };

    const int PauseMs = 20; // What happens in one go is told once.

    static readonly HashSet<string> Watched = new HashSet<string>();

    // Once for each subject: `event changed SUBJECT` from now on, or `event unwatched SUBJECT` where that cannot be told.
    internal static void Start(IWindows windows, string subject) {
      if (Array.IndexOf(Subjects, subject) < 0) throw new Refusal("syntax");
      lock (Watched) if (!Watched.Add(subject)) return;
      new Thread(() => Follow(windows, subject), 256 << 10) { IsBackground = true }.Start();
    }

    static void Follow(IWindows windows, string subject) {
      try {
        for (;;) {
          windows.WaitForChange(subject);
          Protocol.Say("event changed " + subject);
          Thread.Sleep(PauseMs);
        }
      } catch (Exception) {
        lock (Watched) Watched.Remove(subject);
        Protocol.Say("event unwatched " + subject);
      }
    }
  }
}
