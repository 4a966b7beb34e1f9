/** What a program reads from its standard input: lines that come when they come, and an end. */
export class ProgramInput {
  #text = "";
  #isEnded = false;
  #news = Promise.withResolvers<void>();

  /** More of it. */
  push(bytes: Uint8Array): void {
    this.#text += new TextDecoder("latin1").decode(bytes);
    this.#tell();
  }

  /** Nothing more comes. Safe to call twice. */
  end(): void {
    this.#isEnded = true;
    this.#tell();
  }

  /** What has come, waited for; null at the end. */
  async read(): Promise<Uint8Array<ArrayBuffer> | null> {
    while (this.#text === "") {
      if (this.#isEnded) return null;
      await this.#news.promise;
    }
    return Uint8Array.from(this.#take(this.#text.length), (character) => character.charCodeAt(0));
  }

  /** The next line without its line end (which is LF or CRLF), waited for; null at the end. */
  async readLine(): Promise<string | null> {
    while (true) {
      const end = this.#text.indexOf("\n");
      if (end >= 0) return this.#take(end + 1).replace(/\r?\n$/, "");
      if (this.#isEnded) return this.#text === "" ? null : this.#take(this.#text.length);
      await this.#news.promise;
    }
  }

  #take(length: number): string {
    const text = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    return text;
  }

  #tell(): void {
    this.#news.resolve();
    this.#news = Promise.withResolvers();
  }
}
