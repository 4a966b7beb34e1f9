// Rules of the firewall and entries of portproxy, read and made without a program of Windows for each:
//   held                                              rows `entry LISTEN/PORT CONNECT/PORT`, `rule NAME TAG` (ours only)
//   listeners                                         rows `ADDRESS PORT PID`
//   forwarder                                         a row: the process of IP Helper, 0 where it does not run
//   rule add NAME PROTOCOL PORT PROFILES PEERS TAG    PROTOCOL tcp or udp; PROFILES a sum of 1 domain, 2 private, 4 public
//   rule del NAME                                     one of that name
//   entry put LISTEN PORT CONNECT PORT
//   reread                                            IP Helper reads its table again
//   watch SUBJECT                                     see watch.cs
// Only names, tags and targets of ours are taken.
namespace Wslfwd {
  using System;
  using System.Collections.Generic;
  using System.Net;
  using System.Text.RegularExpressions;

  sealed class Rules {
    const string Mark = "wslfwd/2;"; // What each tag of ours begins with.

    static readonly Regex Name = new Regex(@"^wslfwd-(udp-)?[1-9]\d{0,4}-[0-9a-f]{8}\z", RegexOptions.CultureInvariant);
    static readonly Regex Tag = new Regex(@"^wslfwd/2;[0-9a-f]{8};(tcp|udp);[][\d.:a-f;direct]{3,200}\z", RegexOptions.CultureInvariant);
    static readonly Regex Peers = new Regex(@"^[A-Za-z\d.:/,*-]{1,200}\z", RegexOptions.CultureInvariant);
    static readonly Regex Port = new Regex(@"^[1-9]\d{0,4}\z", RegexOptions.CultureInvariant);
    static readonly Regex Profiles = new Regex(@"^[1-7]\z", RegexOptions.CultureInvariant);
    static readonly Regex Printable = new Regex(@"^[!-~]{1,200}\z", RegexOptions.CultureInvariant);

    readonly IWindows windows;

    internal Rules(IWindows windows) {
      this.windows = windows;
    }

    // Null where the command is none of these.
    internal IEnumerable<string> Run(string command, string[] words) {
      switch (command) {
        case "held": return Held();
        case "listeners": return windows.ReadListeners();
        case "forwarder": return new[] { windows.ForwarderPid().ToString() };
        case "rule add": AddRule(words); break;
        case "rule del": windows.RemoveRule(Word(words, 3, 4, Name)); break;
        case "entry put": PutEntry(words); break;
        case "reread": windows.Reread(); break;
        default:
          if (words[1] != "watch" || words.Length != 3) return null;
          Watch.Start(windows, words[2]);
          break;
      }
      return new string[0];
    }

    IEnumerable<string> Held() {
      var rows = new List<string>();
      foreach (KeyValuePair<string, string> entry in windows.ReadEntries()) {
        // Others' can be of any words; that there is one is enough to go by netsh.
        bool isPlain = Printable.IsMatch(entry.Key) && Printable.IsMatch(entry.Value ?? "");
        rows.Add(isPlain ? "entry " + entry.Key + " " + entry.Value : "entry ? ?");
      }
      foreach (string text in windows.FindRules(Mark)) {
        string name = Field(text, "Name"), tag = Field(text, "Desc");
        if (Name.IsMatch(name) && Tag.IsMatch(tag)) rows.Add("rule " + name + " " + tag);
      }
      return rows;
    }

    void AddRule(string[] words) {
      int protocol = words.Length > 4 && words[4] == "udp" ? 17 : 6;
      if (words.Length != 9 || words[4] != "udp" && words[4] != "tcp") throw new Refusal("syntax");
      windows.AddRule(Word(words, 3, 9, Name), protocol, Word(words, 5, 9, Port), Word(words, 6, 9, Profiles)[0] - '0',
        Word(words, 7, 9, Peers), Word(words, 8, 9, Tag));
    }

    void PutEntry(string[] words) {
      IPEndPoint listen = Commands.ParseEndPoint(words, 3, 7), connect = Commands.ParseEndPoint(words, 5, 7);
      byte[] target = connect.Address.GetAddressBytes();
      if (listen.Address.GetAddressBytes().Length != 4 || target.Length != 4) throw new Refusal("syntax");
      if (!Commands.MayBeGuest(connect.Address)) throw new Refusal("refused");
      windows.PutEntry(listen.Address + "/" + listen.Port, connect.Address + "/" + connect.Port);
    }

    static string Word(string[] words, int index, int count, Regex pattern) {
      if (words.Length != count || !pattern.IsMatch(words[index])) throw new Refusal("syntax");
      return words[index];
    }

    // A part of a rule's text: `…|Name=VALUE|…`; empty where it is not there.
    static string Field(string text, string name) {
      foreach (string part in text.Split('|')) {
        if (part.StartsWith(name + "=", StringComparison.Ordinal)) return part.Substring(name.Length + 1);
      }
      return "";
    }
  }
}
