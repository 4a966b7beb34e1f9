// Windows itself, by its registry, its firewall's COM objects, its service control and its network tables. What is assumed of
// it: that IP Helper reads its table again on PARAMCHANGE, which Microsoft documents nowhere (others have used it since 2023).
namespace Wslfwd {
  using System;
  using System.Collections.Generic;
  using System.ComponentModel;
  using System.Net;
  using System.Net.NetworkInformation;
  using System.Reflection;
  using System.Runtime.InteropServices;
  using System.Threading;
  using Microsoft.Win32;

  sealed class RealWindows : IWindows {
    const string EntriesKey = @"SYSTEM\CurrentControlSet\Services\PortProxy\v4tov4\tcp";
    const string EntriesParent = @"SYSTEM\CurrentControlSet\Services";
    const string RulesKey = @"SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy\FirewallRules";
    const string NetworksKey = @"SOFTWARE\Microsoft\Windows NT\CurrentVersion\NetworkList\Profiles";
    const int ListenersMs = 500; // Windows tells of no listener; one look takes a fraction of a millisecond.

    readonly AutoResetEvent addresses = new AutoResetEvent(false);

    public IEnumerable<KeyValuePair<string, string>> ReadEntries() {
      var entries = new List<KeyValuePair<string, string>>();
      using (RegistryKey key = Registry.LocalMachine.OpenSubKey(EntriesKey)) {
        if (key == null) return entries; // Windows makes it with the first entry.
        foreach (string name in key.GetValueNames()) {
          entries.Add(new KeyValuePair<string, string>(name, key.GetValue(name) as string));
        }
      }
      return entries;
    }

    public void PutEntry(string listen, string connect) {
      using (RegistryKey key = Registry.LocalMachine.CreateSubKey(EntriesKey)) key.SetValue(listen, connect, RegistryValueKind.String);
    }

    public void Reread() {
      // SERVICE_PAUSE_CONTINUE, SERVICE_CONTROL_PARAMCHANGE (winsvc.h).
      WithForwarder(0x0040, delegate(IntPtr service) { Status status; return ControlService(service, 6, out status); });
    }

    public int ForwarderPid() {
      int pid = 0;
      // SERVICE_QUERY_STATUS; SC_STATUS_PROCESS_INFO. SERVICE_STATUS_PROCESS: the state is its second number, the process its eighth.
      WithForwarder(0x0004, delegate(IntPtr service) {
        var status = new int[9];
        int needed;
        if (!QueryServiceStatusEx(service, 0, status, 36, out needed)) return false;
        if (status[1] == 4) pid = status[7]; // SERVICE_RUNNING
        return true;
      });
      return pid;
    }

    public IEnumerable<string> FindRules(string text) {
      var found = new List<string>();
      // By COM it takes seconds (facts); the registry holds the same.
      using (RegistryKey key = Registry.LocalMachine.OpenSubKey(RulesKey)) {
        if (key == null) throw new Refusal("missing");
        foreach (string name in key.GetValueNames()) {
          var rule = key.GetValue(name) as string;
          if (rule != null && rule.Contains(text)) found.Add(rule);
        }
      }
      return found;
    }

    public void AddRule(string name, int protocol, string port, int profiles, string peers, string description) {
      object rule = Activator.CreateInstance(Type.GetTypeFromProgID("HNetCfg.FWRule", true));
      Put(rule, "Name", name);
      Put(rule, "Description", description);
      Put(rule, "Protocol", protocol); // Before the ports, which mean nothing without it.
      Put(rule, "LocalPorts", port);
      Put(rule, "RemoteAddresses", peers);
      Put(rule, "Profiles", profiles);
      Put(rule, "Direction", 1); // NET_FW_RULE_DIR_IN
      Put(rule, "Action", 1); // NET_FW_ACTION_ALLOW
      Put(rule, "Enabled", true);
      Call(RuleSet(), "Add", rule);
    }

    public void RemoveRule(string name) {
      Call(RuleSet(), "Remove", name);
    }

    public IEnumerable<string> ReadListeners() {
      var rows = new List<string>();
      for (int size = 1 << 15, tries = 0; tries < 8; tries++) {
        IntPtr table = Marshal.AllocHGlobal(size);
        try {
          int error = GetExtendedTcpTable(table, ref size, false, 2, 3, 0); // AF_INET, TCP_TABLE_OWNER_PID_LISTENER
          if (error == 122) continue; // It grew meanwhile: ERROR_INSUFFICIENT_BUFFER.
          if (error != 0) throw new Win32Exception(error);
          // MIB_TCPROW_OWNER_PID: state, address, port in network order, the other side's two, process.
          for (int i = 0, at = 4, count = Marshal.ReadInt32(table); i < count; i++, at += 24) {
            int port = Marshal.ReadInt32(table, at + 8);
            var address = new IPAddress((uint)Marshal.ReadInt32(table, at + 4));
            rows.Add(address + " " + ((port & 0xff) << 8 | port >> 8 & 0xff) + " " + Marshal.ReadInt32(table, at + 20));
          }
          return rows;
        } finally {
          Marshal.FreeHGlobal(table);
        }
      }
      throw new Refusal("fault");
    }

    public void WaitForChange(string subject) {
      switch (subject) {
        case "entries": WaitForEntries(); break;
        case "rules": WaitForKey(RulesKey, false); break;
        case "networks": WaitForKey(NetworksKey, true); break;
        case "listeners": WaitForListeners(); break;
        case "addresses":
          NetworkChange.NetworkAddressChanged -= NoteAddresses;
          NetworkChange.NetworkAddressChanged += NoteAddresses;
          addresses.WaitOne();
          break;
      }
    }

    void NoteAddresses(object sender, EventArgs args) {
      addresses.Set();
    }

    // Without an entry there may be no key: then its parent is watched, in which one comes and goes.
    static void WaitForEntries() {
      using (RegistryKey key = Registry.LocalMachine.OpenSubKey(EntriesKey)) {
        if (key != null) WaitForKey(EntriesKey, false);
        else WaitForKey(EntriesParent, false);
      }
    }

    static void WaitForKey(string path, bool isTree) {
      using (RegistryKey key = Registry.LocalMachine.OpenSubKey(path)) {
        if (key == null) throw new Refusal("missing");
        // REG_NOTIFY_CHANGE_NAME and _LAST_SET; blocks.
        int error = RegNotifyChangeKeyValue(key.Handle, isTree, 5, IntPtr.Zero, false);
        if (error != 0) throw new Win32Exception(error);
      }
    }

    void WaitForListeners() {
      string before = string.Join("\n", ReadListeners());
      do Thread.Sleep(ListenersMs); while (string.Join("\n", ReadListeners()) == before);
    }

    // COM by name: neither an interop assembly nor `dynamic`, which would need another library.
    static object RuleSet() {
      object policy = Activator.CreateInstance(Type.GetTypeFromProgID("HNetCfg.FwPolicy2", true));
      return policy.GetType().InvokeMember("Rules", BindingFlags.GetProperty, null, policy, null);
    }

    static void Put(object target, string name, object value) {
      target.GetType().InvokeMember(name, BindingFlags.SetProperty, null, target, new[] { value });
    }

    static void Call(object target, string name, object value) {
      target.GetType().InvokeMember(name, BindingFlags.InvokeMethod, null, target, new[] { value });
    }

    static void WithForwarder(uint access, Func<IntPtr, bool> use) {
      IntPtr manager = OpenSCManagerW(null, null, 0x0001), service = IntPtr.Zero; // SC_MANAGER_CONNECT
      if (manager == IntPtr.Zero) throw new Win32Exception();
      try {
        service = OpenServiceW(manager, "iphlpsvc", access);
        if (service == IntPtr.Zero || !use(service)) throw new Win32Exception();
      } finally {
        if (service != IntPtr.Zero) CloseServiceHandle(service);
        CloseServiceHandle(manager);
      }
    }

    [StructLayout(LayoutKind.Sequential)]
    struct Status {
      internal int Type, State, Accepted, Exit, Specific, CheckPoint, WaitHint;
    }

    [DllImport("advapi32.dll", SetLastError = true, CharSet = CharSet.Unicode, ExactSpelling = true)]
    static extern IntPtr OpenSCManagerW(string machine, string database, uint access);
    [DllImport("advapi32.dll", SetLastError = true, CharSet = CharSet.Unicode, ExactSpelling = true)]
    static extern IntPtr OpenServiceW(IntPtr manager, string name, uint access);
    [DllImport("advapi32.dll", SetLastError = true)]
    static extern bool ControlService(IntPtr service, uint control, out Status status);
    [DllImport("advapi32.dll", SetLastError = true)]
    static extern bool QueryServiceStatusEx(IntPtr service, int level, [Out] int[] status, int size, out int needed);
    [DllImport("advapi32.dll")]
    static extern bool CloseServiceHandle(IntPtr handle);
    [DllImport("advapi32.dll")]
    static extern int RegNotifyChangeKeyValue(SafeHandle key, bool tree, uint filter, IntPtr handle, bool isAsync);
    [DllImport("iphlpapi.dll")]
    static extern int GetExtendedTcpTable(IntPtr table, ref int size, bool order, int family, int kind, uint reserved);
  }
}
