# Homebrew on Linux: the one file of the release.
class Wslfwd < Formula
  desc "Make what listens in WSL2 reachable from the network"
  homepage "@HOME@"
  version "@VERSION@"
  license "MIT"

  on_intel do
    url "@URL@/wslfwd-x86_64"
    sha256 "@SHA256_X86_64@"
  end
  on_arm do
    url "@URL@/wslfwd-aarch64"
    sha256 "@SHA256_AARCH64@"
  end

  depends_on :linux

  def install
    bin.install Dir["wslfwd-*"].first => "wslfwd"
    chmod 0755, bin/"wslfwd"
    generate_completions_from_executable(bin/"wslfwd", "completions", shells: [:bash, :zsh, :fish])
    (man1/"wslfwd.1").write Utils.safe_popen_read(bin/"wslfwd", "man")
  end

  def caveats
    "sudo does not look in Homebrew's folder: sudo \"$(command -v wslfwd)\" --realtime"
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/wslfwd --version")
  end
end
