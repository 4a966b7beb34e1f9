/** What stands for what in one text. */

/** Random numbers from 0 to below 1, as Math.random gives them. */
export type RandomSource = () => number;

/** IPv4 addresses that are the same everywhere: any, loopback, link-local, multicast and masks, and WSL's own DNS tunnel. */
const COMMON_IPV4 = /^(?:0|127|22[4-9]|23\d|24\d|25[0-5])\.|^169\.254\.|^10\.255\.255\.25[34]$/;

/** The beginnings of private networks, which tell of which kind a network is: they stay. How many parts of it. */
const PRIVATE: readonly (readonly [beginning: RegExp, parts: number])[] = [
  [/^10\./, 1],
  [/^192\.168\./, 2],
  [/^172\.(?:1[6-9]|2\d|3[01])\./, 1],
];

/** Remembers each stand-in, and never gives one twice in the same place. */
export class ReplacementTable {
  readonly #random: RandomSource;
  readonly #known = new Map<string, string>();
  readonly #used = new Set<string>();

  /** `random`: what stand-ins are chosen by. */
  constructor(random: RandomSource) {
    this.#random = random;
  }

  /** The long numbers of a SID, each by as many digits. */
  replaceSid(sid: string): string {
    const [head, ...parts] = sid.split("-");
    return [head, ...parts.map((part) => part.length < 5 ? part : this.#replaceDigits("sid", part))].join(
      "-",
    );
  }

  /** Each run of hexadecimal digits by as many of them. */
  replaceHex(kind: string, text: string): string {
    return text.replace(
      /[\da-f]+/gi,
      (digits) =>
        /^0+$/.test(digits) ? digits : this.#pick(`${kind} ${digits.toLowerCase()}`, () => {
          const drawn = [...digits].map(() => "0123456789abcdef"[this.#below(16)]!).join("");
          return digits === digits.toUpperCase() ? drawn.toUpperCase() : drawn;
        }),
    );
  }

  /** Part by part, by as many digits; addresses with a beginning in common have one in common after it. */
  replaceIpv4(address: string): string {
    if (COMMON_IPV4.test(address) || address.split(".").some((part) => Number(part) > 255)) return address;
    const kept = PRIVATE.find(([beginning]) => beginning.test(address))?.[1] ?? 0;
    const isOf172 = address.startsWith("172.") && kept === 1;
    const parts = address.split(".");
    return parts.map((part, index) => {
      const isEnd = index === 3 && ["0", "1", "255"].includes(part);
      if (index < kept || isEnd || part === "0") return part;
      const range = isOf172 && index === 1 ? [16, 31] as const : rangeOf(part, index);
      return this.#pick(`ipv4 ${parts.slice(0, index + 1).join(".")}`, () => {
        return String(range[0] + this.#below(range[1] - range[0] + 1));
      }, `ipv4 ${parts.slice(0, index).join(".")}`);
    }).join(".");
  }

  /** Group by group; link-local, loopback and any keep what says so. */
  replaceIpv6(address: string): string {
    if (/^[:01]*$/.test(address)) return address;
    const [, head, rest] = /^((?:fe80|ff0[\da-f]|fd|fc)?)([^]*)$/i.exec(address)!;
    return head + this.replaceHex("ipv6", rest!);
  }

  /** A number by another of as many digits. */
  #replaceDigits(kind: string, digits: string): string {
    return this.#pick(
      `${kind} ${digits}`,
      () =>
        [...digits].map((_, index) => String(index === 0 ? 1 + this.#below(9) : this.#below(10))).join(""),
    );
  }

  /** The stand-in for a name: letters and digits where it has some, the rest as it is. */
  replaceName(name: string): string {
    return this.#pick(`name ${name.toLowerCase()}`, () =>
      name.replace(/[\p{L}\d]/gu, (character) => {
        if (/\d/.test(character)) return String(this.#below(10));
        const letter = "abcdefghijklmnopqrstuvwxyz"[this.#below(26)]!;
        return character === character.toLowerCase() ? letter : letter.toUpperCase();
      }));
  }

  #pick(key: string, draw: () => string, among = key.split(" ")[0]!): string {
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    // Where few are left, two may share one: better than no end.
    let drawn = draw();
    for (
      let tries = 0;
      tries < 100 && (this.#used.has(`${among} ${drawn}`) || key.endsWith(drawn));
      tries++
    ) drawn = draw();
    this.#used.add(`${among} ${drawn}`);
    this.#known.set(key, drawn);
    return drawn;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}

/** What a part may become: as many digits; the first no network that means something by itself. */
function rangeOf(part: string, index: number): readonly [first: number, last: number] {
  if (part.length === 1) return [2, 9];
  if (part.length === 2) return index === 0 ? [20, 99] : [10, 99];
  return index === 0 ? [193, 220] : [100, 254];
}
