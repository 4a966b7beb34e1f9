// How a UDP socket has to be made so that it behaves as one expects.
namespace Wslfwd {
  using System;
  using System.IO;
  using System.Net.Sockets;

  static class UdpSockets {
    // SIO_UDP_CONNRESET and SIO_UDP_NETRESET of mstcpip.h.
    const int ConnReset = unchecked((int)0x9800000C), NetReset = unchecked((int)0x9800000F);

    internal static Socket Create(AddressFamily family, int bufferBytes) {
      var socket = new Socket(family, SocketType.Dgram, ProtocolType.Udp);
      try {
        SetUp(socket, bufferBytes);
      } catch (Exception) {
        socket.Close();
        throw;
      }
      return socket;
    }

    static void SetUp(Socket socket, int bufferBytes) {
      // Nobody may share the port. Mono lets two sockets have the same one unless told, and answers go to the wrong client.
      if (Path.DirectorySeparatorChar == '\\') socket.ExclusiveAddressUse = true;
      else socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, 0);
      // IPv4 has its own port. Windows has it so by default, Linux has not.
      if (socket.AddressFamily == AddressFamily.InterNetworkV6) {
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.IPv6Only, true);
      }
      socket.ReceiveBufferSize = bufferBytes;
      socket.SendBufferSize = bufferBytes;
      // An ICMP error about one peer must not fail the next receive, which is about another.
      foreach (int code in new[] { ConnReset, NetReset }) {
        try { socket.IOControl(code, new byte[4], null); }
        catch (Exception) { } // Not Windows.
      }
    }

    // Whether an error tells of the other side ("nobody listens there") and not of the socket, which goes on working.
    internal static bool IsAboutPeer(SocketError error) {
      return error == SocketError.ConnectionReset || error == SocketError.ConnectionRefused ||
        error == SocketError.NetworkReset || error == SocketError.MessageSize || error == SocketError.HostUnreachable ||
        error == SocketError.NetworkUnreachable;
    }
  }
}
