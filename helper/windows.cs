// What only Windows has, behind one small interface: where there is no Windows, tests put something of theirs in its place.
namespace Wslfwd {
  using System.Collections.Generic;

  // Each method may throw anything, and may take its time: firewall calls have hung for minutes after a logon.
  interface IWindows {
    // The portproxy table from IPv4 to IPv4 as netsh stores it: ADDRESS/PORT of where it listens, and of where it leads.
    IEnumerable<KeyValuePair<string, string>> ReadEntries();
    void PutEntry(string listen, string connect);
    // Has the service IP Helper read its table again, which it does not by itself.
    void Reread();
    // The process that forwards; 0 where none does.
    int ForwarderPid();
    // The texts of the firewall's rules ([MS-GPFAS] 2.2.2.19) in which a text stands.
    IEnumerable<string> FindRules(string text);
    void AddRule(string name, int protocol, string port, int profiles, string peers, string description);
    void RemoveRule(string name);
    // What listens by TCP: ADDRESS PORT PID.
    IEnumerable<string> ReadListeners();
    // Blocks until what is named (a word of Watch.Subjects) may be otherwise. Throws where that cannot be told.
    void WaitForChange(string subject);
  }

  static partial class Surroundings {
    static partial void Replace(ref IWindows windows);

    internal static IWindows Open() {
      IWindows other = null;
      Replace(ref other);
      return other ?? new RealWindows();
    }
  }
}
