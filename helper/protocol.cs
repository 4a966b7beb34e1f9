// Lines of ASCII, at most 512 bytes each. A request is `ID COMMAND WORD...`, ID a number of at most nine digits. Answers:
// `ID row WORD...` (none or several), then `ID ok` or `ID err CODE`. CODE: `syntax` for words that are not taken, `refused`
// for what is never done, `missing`, `limit`, `socket N` with the number of Winsock's error, `fault` for a mistake in here.
// Unasked: `helper VERSION PID` at the start, and `event WORD...`. No text of Windows is ever printed: it is in the user's
// language. Every word is checked here again, whoever wrote it.
namespace Wslfwd {
  using System;
  using System.Collections.Generic;
  using System.IO;
  using System.Net.Sockets;
  using System.Text;

  // Why a request is not done; `Code` is what the answer says.
  sealed class Refusal : Exception {
    internal readonly string Code;

    internal Refusal(string code) {
      Code = code;
    }
  }

  static class Protocol {
    internal const int Version = 1, MaxLineBytes = 512;
    static readonly Stream Output = Console.OpenStandardOutput();

    // One write for each line, since events come from other threads.
    internal static void Say(string line) {
      byte[] bytes = Encoding.ASCII.GetBytes(line + "\n");
      lock (Output) {
        Output.Write(bytes, 0, bytes.Length);
        Output.Flush();
      }
    }

    // Runs one request and answers it. `run` returns the rows.
    internal static void Answer(string line, Func<string[], IEnumerable<string>> run) {
      string[] words = line.Split(' ');
      string id = IsId(words[0]) ? words[0] : "0";
      string end = "ok";
      try {
        if (id == "0" || words.Length < 2) throw new Refusal("syntax");
        foreach (string row in run(words)) Say(id + " row " + row);
      } catch (Refusal refusal) {
        end = "err " + refusal.Code;
      } catch (SocketException error) {
        end = "err socket " + error.ErrorCode;
      } catch (Exception) {
        end = "err fault"; // The next request may still go well.
      }
      Say(id + " " + end);
    }

    static bool IsId(string word) {
      if (word.Length < 1 || word.Length > 9 || word[0] == '0') return false;
      foreach (char c in word) if (c < '0' || c > '9') return false;
      return true;
    }
  }

  // Lines of a stream. One that is too long, or not printable ASCII, becomes an empty line, which no request is.
  sealed class LineReader {
    readonly Stream stream;
    readonly byte[] chunk = new byte[4096];
    int at, length;

    internal LineReader(Stream stream) {
      this.stream = stream;
    }

    // The next line, or null at the end. What follows the last line end is no line.
    internal string Read() {
      var line = new StringBuilder();
      bool isGood = true;
      for (;;) {
        if (at == length) {
          at = 0;
          try { length = stream.Read(chunk, 0, chunk.Length); }
          catch (IOException) { length = 0; } // The pipe broke: that is its end.
          if (length == 0) return null;
        }
        byte b = chunk[at++];
        if (b == '\n') return isGood ? line.ToString() : "";
        if (b < ' ' || b > '~' || line.Length == Protocol.MaxLineBytes) isGood = false;
        if (isGood) line.Append((char)b);
      }
    }
  }
}
