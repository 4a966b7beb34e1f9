// A UDP port on Windows. One blocking thread takes what clients send and hands it to the session of each.
namespace Wslfwd {
  using System;
  using System.Collections.Generic;
  using System.Net;
  using System.Net.Sockets;
  using System.Threading;

  sealed class UdpPort {
    const int LargestDatagram = 65536, BufferBytes = 4 << 20;
    const int MaxFailures = 8; // In a row, over about 2.5 s: then the port is given up, and wslfwd told.

    internal readonly Socket Socket;
    internal long In, Out, Dropped; // Datagrams; by Interlocked.
    internal int SessionBuffer = Session.SmallBuffer; // Grows with the first large answer.
    // Sessions by their client. Guarded by Sessions.Gate.
    internal readonly Dictionary<EndPoint, Session> Clients = new Dictionary<EndPoint, Session>();
    readonly IPEndPoint listen;
    volatile IPEndPoint guest;
    volatile bool isClosed;

    // Throws SocketException, 10048 or 10013 where something else has the port.
    internal UdpPort(IPEndPoint listen, IPEndPoint guest) {
      this.listen = listen;
      this.guest = guest;
      Socket = UdpSockets.Create(listen.AddressFamily, BufferBytes);
      try {
        Socket.Bind(listen);
      } catch (SocketException) {
        Socket.Close();
        throw;
      }
      new Thread(Receive, 256 << 10) { IsBackground = true }.Start();
    }

    internal IPEndPoint Guest { get { return guest; } }
    internal bool IsClosed { get { return isClosed; } }

    // Clients start anew with the other address; the port stays bound meanwhile.
    internal void MoveTo(IPEndPoint other) {
      lock (Sessions.Gate) {
        guest = other;
        CloseSessions();
      }
    }

    internal void Close() {
      lock (Sessions.Gate) {
        isClosed = true;
        CloseSessions();
      }
      Socket.Close();
    }

    internal string Describe() {
      int sessions;
      lock (Sessions.Gate) sessions = Clients.Count;
      return listen.Address + " " + listen.Port + " " + guest.Address + " " + guest.Port + " " + sessions + " " +
        Interlocked.Read(ref In) + " " + Interlocked.Read(ref Out) + " " + Interlocked.Read(ref Dropped);
    }

    void CloseSessions() {
      foreach (Session session in new List<Session>(Clients.Values)) session.Close();
    }

    void Receive() {
      var buffer = new byte[LargestDatagram];
      EndPoint any = new IPEndPoint(
        listen.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
      EndPoint last = null;
      Session session = null;
      int failures = 0;
      while (!isClosed) {
        try {
          EndPoint from = any;
          int length = Socket.ReceiveFrom(buffer, ref from);
          failures = 0;
          if (session == null || session.IsClosed || !from.Equals(last)) {
            session = Find(from);
            last = from;
          }
          if (session == null) Interlocked.Increment(ref Dropped);
          else session.ToGuest(buffer, length);
        } catch (ObjectDisposedException) {
          return;
        } catch (SocketException error) {
          if (isClosed) return;
          Interlocked.Increment(ref Dropped);
          if (UdpSockets.IsAboutPeer(error.SocketErrorCode)) continue;
          if (++failures == MaxFailures) {
            GiveUp(error.ErrorCode);
            return;
          }
          Thread.Sleep(10 << failures); // A socket that fails for good must not take a core.
        }
      }
    }

    void GiveUp(int code) {
      Close();
      Protocol.Say("event udp lost " + listen.Address + " " + listen.Port + " " + code);
    }

    // The session of a client, made where there is none; null where there is no room, or no socket to be had.
    Session Find(EndPoint client) {
      Session session;
      lock (Sessions.Gate) {
        if (Clients.TryGetValue(client, out session)) return session;
        if (isClosed || !Sessions.MakeRoom()) return null; // Closed: nobody would close the session of a port that is gone.
        try { session = new Session(this, client); }
        catch (SocketException) { return null; }
        Clients[client] = session;
      }
      session.Start();
      return session;
    }
  }
}
