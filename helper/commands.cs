// What can be asked for, each with the words it takes:
//   udp put LISTEN PORT GUEST PORT   relay what comes in on LISTEN to GUEST; a port that is relayed already moves over
//   udp del LISTEN PORT              end that; `missing` where it is not relayed
//   udp list                         a row for each: LISTEN PORT GUEST PORT SESSIONS IN OUT DROPPED (datagrams since `put`)
//   held, listeners, forwarder, rule, entry, reread, watch: see rules.cs
//   stat                             one row: ports=N sessions=N faults=N bytes=N
namespace Wslfwd {
  using System;
  using System.Collections.Generic;
  using System.Globalization;
  using System.Net;
  using System.Net.Sockets;

  sealed class Commands {
    const int MaxPorts = 256; // Each has a thread.

    // Windows' own: NetBIOS, SSDP, mDNS, LLMNR. Others on the LAN would talk to the guest in its place.
    static readonly HashSet<int> NeededByWindows = new HashSet<int> { 137, 138, 1900, 5353, 5355 };

    readonly Rules rules = new Rules(Surroundings.Open());
    readonly Dictionary<IPEndPoint, UdpPort> ports = new Dictionary<IPEndPoint, UdpPort>();

    // `words`: the whole request; the first is its id. Returns the rows of the answer. Throws Refusal, SocketException.
    internal IEnumerable<string> Run(string[] words) {
      string command = words[1] + (words.Length > 2 ? " " + words[2] : "");
      switch (command) {
        case "udp put": return Put(ParseEndPoint(words, 3, 7), ParseEndPoint(words, 5, 7));
        case "udp del": return Delete(ParseEndPoint(words, 3, 5));
        case "udp list": return List();
        case "stat": return new[] { Describe() };
        default:
          IEnumerable<string> rows = rules.Run(command, words);
          if (rows == null) throw new Refusal("syntax");
          return rows;
      }
    }

    IEnumerable<string> Put(IPEndPoint listen, IPEndPoint guest) {
      if (NeededByWindows.Contains(listen.Port) || !MayBeGuest(guest.Address)) throw new Refusal("refused");
      UdpPort port;
      if (ports.TryGetValue(listen, out port)) {
        if (port.IsClosed) ports.Remove(listen); // It gave up; the event told.
        else if (port.Guest.Equals(guest)) return new string[0];
        else {
          port.MoveTo(guest);
          return new string[0];
        }
      }
      if (ports.Count == MaxPorts) throw new Refusal("limit");
      ports[listen] = new UdpPort(listen, guest);
      return new string[0];
    }

    // Only a machine's own address: Windows' loopback services must not be opened to the LAN, and one datagram must not
    // become many.
    internal static bool MayBeGuest(IPAddress address) {
      if (IPAddress.IsLoopback(address) || address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)) return false;
      if (address.AddressFamily == AddressFamily.InterNetworkV6) return !address.IsIPv6Multicast && !address.IsIPv4MappedToIPv6;
      return address.GetAddressBytes()[0] < 224; // No multicast, no broadcast.
    }

    IEnumerable<string> Delete(IPEndPoint listen) {
      UdpPort port;
      if (!ports.TryGetValue(listen, out port)) throw new Refusal("missing");
      ports.Remove(listen);
      port.Close();
      return new string[0];
    }

    IEnumerable<string> List() {
      var rows = new List<string>();
      foreach (UdpPort port in ports.Values) if (!port.IsClosed) rows.Add(port.Describe());
      return rows;
    }

    string Describe() {
      return "ports=" + ports.Count + " sessions=" + Sessions.Count + " faults=" + Sessions.Faults + " bytes=" +
        GC.GetTotalMemory(false);
    }

    // The address and port at `index` of a request that must have `count` words.
    internal static IPEndPoint ParseEndPoint(string[] words, int index, int count) {
      if (words.Length != count) throw new Refusal("syntax");
      IPAddress address;
      ushort port;
      // TryParse takes "1" for 0.0.0.1, and blanks, and scopes: only what prints as it was written.
      if (!IPAddress.TryParse(words[index], out address) || address.ToString() != words[index]) throw new Refusal("syntax");
      if (!ushort.TryParse(words[index + 1], NumberStyles.None, CultureInfo.InvariantCulture, out port) || port == 0 ||
          port.ToString(CultureInfo.InvariantCulture) != words[index + 1]) throw new Refusal("syntax");
      return new IPEndPoint(address, port);
    }
  }
}
