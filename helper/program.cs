// The helper of wslfwd on Windows: does there what no program of Windows does for others. wslfwd compiles it on the user's
// own machine, talks to it by lines on standard input and output (protocol.cs), and takes it along when it ends.
// C# 5 and .NET Framework 4.5: what every Windows 10 and 11 has. Only System.dll. Mono runs it too, for the tests.
namespace Wslfwd {
  using System;
  using System.Collections.Concurrent;
  using System.Diagnostics;
  using System.Threading;

  static class Program {
    const int HangMs = 200;

    // Lives exactly as long as its standard input: whoever holds the other end is wslfwd, and without it nobody would
    // take back what is opened here.
    static int Main() {
      int answered = 0;
      Sessions.StartSweeping();
      var commands = new Commands();
      Protocol.Say("helper " + Protocol.Version + " " + Process.GetCurrentProcess().Id);
      var input = new LineReader(Console.OpenStandardInput());
      // The firewall may hang, and the end of the input must be seen all the same.
      var lines = new BlockingCollection<string>();
      var worker = new Thread(delegate() {
        foreach (string each in lines.GetConsumingEnumerable()) {
          Protocol.Answer(each, commands.Run);
          Interlocked.Increment(ref answered);
        }
      }) { IsBackground = true };
      worker.Start();
      string line;
      while ((line = input.Read()) != null) lines.Add(line);
      lines.CompleteAdding();
      // What was asked is answered, but for what hangs: then nothing more is answered for a while.
      for (int before = -1; !worker.Join(HangMs) && before != answered;) before = answered;
      // Exit() waits for threads that are blocked in a socket (1 to 2 s in Mono). The kernel closes all that is open.
      Process.GetCurrentProcess().Kill();
      return 0;
    }
  }
}
