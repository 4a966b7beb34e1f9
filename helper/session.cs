// One client of one port. It has a socket of its own towards the guest, so that the guest tells clients apart and an answer
// can never reach another client.
namespace Wslfwd {
  using System;
  using System.Collections.Generic;
  using System.Net;
  using System.Net.Sockets;
  using System.Threading;

  sealed class Session {
    internal const int SmallBuffer = 4096, LargeBuffer = 65536;
    const int KernelBuffer = 256 << 10;
    const int BurstLimit = 64; // Datagrams for one wake-up; others have their turn then.

    internal readonly LinkedListNode<Session> Node;
    internal int LastUsedMs = Environment.TickCount;
    internal volatile bool IsAnswered, IsClosed;
    readonly UdpPort port;
    readonly EndPoint client;
    readonly Socket guest;
    readonly SocketAsyncEventArgs receive = new SocketAsyncEventArgs();

    // To be called under Sessions.Gate. Throws SocketException.
    internal Session(UdpPort port, EndPoint client) {
      this.port = port;
      this.client = client;
      guest = UdpSockets.Create(port.Guest.AddressFamily, KernelBuffer);
      try {
        guest.Connect(port.Guest);
      } catch (SocketException) {
        guest.Close();
        throw;
      }
      receive.SetBuffer(new byte[port.SessionBuffer], 0, port.SessionBuffer);
      receive.Completed += delegate { Continue(true); };
      Node = new LinkedListNode<Session>(this);
      Sessions.Add(this);
    }

    // Begins to pass answers on.
    internal void Start() {
      Continue(false);
    }

    // What the client sent, on its way to the guest.
    internal void ToGuest(byte[] buffer, int length) {
      SocketError error;
      try {
        guest.Send(buffer, 0, length, SocketFlags.None, out error);
        // An earlier "port unreachable" is told once, and this datagram was not sent: the service may be there again.
        if (UdpSockets.IsAboutPeer(error)) guest.Send(buffer, 0, length, SocketFlags.None, out error);
      } catch (ObjectDisposedException) {
        return;
      }
      if (error == SocketError.Success) Interlocked.Increment(ref port.In);
      else Interlocked.Increment(ref port.Dropped);
      Sessions.Touch(this);
    }

    internal void Close() {
      lock (Sessions.Gate) {
        if (IsClosed) return;
        IsClosed = true;
        Sessions.Remove(this);
        port.Clients.Remove(client);
      }
      guest.Close();
    }

    // Runs in threads of the pool, where an exception that is not caught would end the helper and every other session.
    void Continue(bool hasReceived) {
      try {
        if (hasReceived && !Take()) return;
        while (!guest.ReceiveAsync(receive)) if (!Take()) return;
      } catch (ObjectDisposedException) {
        // Closed meanwhile.
      } catch (Exception) {
        if (IsClosed) return;
        Sessions.NoteFault();
        Close();
      }
    }

    // What the guest sent, and what more waits. False when this session has ended.
    bool Take() {
      int length = receive.BytesTransferred;
      SocketError error = receive.SocketError;
      for (int more = BurstLimit; ToClient(length, error); more--) {
        if (more == 0) return true;
        try {
          if (guest.Available == 0) return true;
        } catch (SocketException) {
          return !IsClosed; // The next receive tells.
        }
        length = guest.Receive(receive.Buffer, 0, receive.Buffer.Length, SocketFlags.None, out error);
      }
      return false;
    }

    // False when this session has ended.
    bool ToClient(int length, SocketError error) {
      if (IsClosed) return false;
      byte[] buffer = receive.Buffer;
      bool isCut = error == SocketError.MessageSize || (error == SocketError.Success && length == buffer.Length);
      if (isCut) {
        Interlocked.Increment(ref port.Dropped);
        if (buffer.Length == LargeBuffer) return true;
        // Lost; the next large ones have room, here and in the port's next sessions.
        port.SessionBuffer = LargeBuffer;
        receive.SetBuffer(new byte[LargeBuffer], 0, LargeBuffer);
        return true;
      }
      if (error != SocketError.Success) {
        if (UdpSockets.IsAboutPeer(error)) return true;
        Close();
        return false;
      }
      IsAnswered = true;
      try {
        port.Socket.SendTo(buffer, length, SocketFlags.None, client);
        Interlocked.Increment(ref port.Out);
      } catch (SocketException) {
        Interlocked.Increment(ref port.Dropped);
      }
      Sessions.Touch(this);
      return true;
    }
  }
}
