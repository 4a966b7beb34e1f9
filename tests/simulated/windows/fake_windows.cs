// What the helper takes for Windows in the simulation, compiled into it: each call is a line to the simulated Windows.
namespace Wslfwd {
  using System;
  using System.Collections.Generic;
  using System.IO;
  using System.Net.Sockets;
  using System.Text;

  static partial class Surroundings {
    static partial void Replace(ref IWindows windows) {
      string port = Environment.GetEnvironmentVariable("SIMULATED_WINDOWS");
      if (port != null) windows = new FakeWindows(int.Parse(port));
    }
  }

  sealed class FakeWindows : IWindows {
    readonly int port;

    internal FakeWindows(int port) {
      this.port = port;
    }

    public IEnumerable<KeyValuePair<string, string>> ReadEntries() {
      var entries = new List<KeyValuePair<string, string>>();
      foreach (string row in Ask("entries")) {
        string[] words = row.Split('\t');
        entries.Add(new KeyValuePair<string, string>(words[0], words[1]));
      }
      return entries;
    }

    public void PutEntry(string listen, string connect) { Ask("put", listen, connect); }
    public void Reread() { Ask("reread"); }
    public int ForwarderPid() { return int.Parse(Ask("forwarder")[0]); }
    public IEnumerable<string> FindRules(string text) { return Ask("rules", text); }
    public void RemoveRule(string name) { Ask("delrule", name); }
    public IEnumerable<string> ReadListeners() { return Ask("listeners"); }
    public void WaitForChange(string subject) { Ask("wait", subject); }

    public void AddRule(string name, int protocol, string port, int profiles, string peers, string description) {
      Ask("addrule", name, protocol.ToString(), port, profiles.ToString(), peers, description);
    }

    List<string> Ask(params string[] words) {
      using (var client = new TcpClient("127.0.0.1", port)) {
        byte[] line = Encoding.UTF8.GetBytes(string.Join("\t", words) + "\n");
        client.GetStream().Write(line, 0, line.Length);
        var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        if (reader.ReadLine() != "ok") throw new InvalidOperationException();
        var rows = new List<string>();
        for (string row; (row = reader.ReadLine()) != null;) rows.Add(row);
        return rows;
      }
    }
  }
}
