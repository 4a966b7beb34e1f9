import type { Rejection } from "../../../plan/desired/rejection.ts";
import { describeProgram, describeReason, portLabel } from "../describe.ts";
import { fitText, textWidth, wrapText } from "../terminal/text_width.ts";
import { isProblem } from "./rows.ts";

/** What is not shown with all its lines is cut to so many. */
const MAX_LINES = 4;

/**
 * The lines of each rejection: port, program, reason. Where the screen is too narrow for the reason beside the program,
 * it stands under it.
 */
export function rejectionTexts(rejections: readonly Rejection[], columns: number): string[][] {
  const names = rejections.map(({ program, listener }) =>
    listener === null ? "fixed port" : describeProgram(program)
  );
  const name = Math.min(Math.max(0, ...names.map(textWidth)), Math.max(10, Math.floor(columns / 4)));
  const labels = rejections.map(({ protocol, hostPort }) => portLabel(protocol, hostPort));
  const label = Math.max(5, ...labels.map(textWidth));
  return rejections.map((rejection, index) => {
    const port = `${isProblem(rejection) ? "✗" : "-"} ${labels[index]!.padEnd(label)}`;
    const isWide = columns >= 70, indent = isWide ? 6 + label + name : 4 + label;
    const lines = wrapText(describeReason(rejection), columns - indent).slice(0, MAX_LINES);
    const first = isWide
      ? `${port}  ${fitText(names[index]!, name)}  ${lines.shift()}`
      : `${port}  ${names[index]}`;
    return [first, ...lines.map((line) => " ".repeat(indent) + line)];
  });
}
