import { cutText, fitText } from "../terminal/text_width.ts";

/** How a whole line is shown. */
export type Style = "bold" | "dim" | "plain" | "red" | "yellow" | "selected";

/** One line of the screen: text fit for a terminal, which may be wider than the screen. */
export interface Line {
  /** The text. */
  readonly text: string;
  /** How it is shown. */
  readonly style: Style;
}

/** Select Graphic Rendition (ECMA-48); the selected line is shown inverted. */
const SGR: Readonly<Record<Style, string>> = {
  bold: "1",
  dim: "2",
  plain: "",
  red: "31",
  yellow: "33",
  selected: "7",
};

/** An empty line. */
export const BLANK: Line = { text: "", style: "plain" };

/** The line as it goes to the terminal, cut to so many columns. */
export function paintLine({ text, style }: Line, columns: number, color: boolean): string {
  const cut = color && style === "selected" ? fitText(text, columns) : cutText(text, columns).trimEnd();
  return color && style !== "plain" && cut !== "" ? `\x1b[${SGR[style]}m${cut}\x1b[0m` : cut;
}
