import { deepStrictEqual as equal, ok, throws } from "node:assert/strict";
import { JsoncError, type JsoncNode, parseJsonc } from "../../../src/config/file/parse_jsonc.ts";

function plain({ value }: JsoncNode): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, node]) => [key, plain(node)]));
  return Array.isArray(value) ? (value as readonly JsoncNode[]).map(plain) : value;
}

const PREDECESSORS = `{
  // seconds
  "update_interval": 0.5, "windows_ip": "0.0.0.0",
  /* address
     of eth0 */
  "wsl_ip": "172.17.110.111",
  "ignore_exception": false,
  "allow_program_name": ["node", "python3",],
  "disallow_program_name": [],
}
`;

Deno.test("parseJsonc reads comments and trailing commas", () => {
  equal(plain(parseJsonc(PREDECESSORS)), {
    update_interval: 0.5,
    windows_ip: "0.0.0.0",
    wsl_ip: "172.17.110.111",
    ignore_exception: false,
    allow_program_name: ["node", "python3"],
    disallow_program_name: [],
  });
});

Deno.test("parseJsonc knows each value's line", () => {
  const root = parseJsonc(PREDECESSORS).value as ReadonlyMap<string, JsoncNode>;
  equal([...root].map(([key, { line }]) => [key, line]), [
    ["update_interval", 3],
    ["windows_ip", 3],
    ["wsl_ip", 6],
    ["ignore_exception", 7],
    ["allow_program_name", 8],
    ["disallow_program_name", 9],
  ]);
});

Deno.test("parseJsonc knows where a key, an element and an error stand", () => {
  const root = parseJsonc('{\n  "a": [1,\n 2],\r\n"b":  3}').value as ReadonlyMap<string, JsoncNode>;
  equal([...root.values()].map(({ line, column }) => [line, column]), [[2, 3], [4, 1]]);
  const elements = root.get("a")!.value as readonly JsoncNode[];
  equal(elements.map(({ line, column }) => [line, column]), [[2, 9], [3, 2]]);
  throws(
    () => parseJsonc("{\n /* \n */ x}"),
    new JsoncError(3, 5, 'expected a key in double quotes, or "}"'),
  );
});

Deno.test("parseJsonc reads what JSON.parse reads, the same", () => {
  const texts = [
    ...[
      "1",
      "-0.5e+10",
      '"\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude80"',
      "true",
      "null",
      "[]",
      "{}",
      " \t\r\n[ 1 , 2 ] ",
    ],
    ...['{"a":{"b":[{"c":null}]},"":0}', '"// no comment"', '"/* neither */"', '"é\u2028"'],
  ];
  for (const text of texts) equal(plain(parseJsonc(text)), JSON.parse(text), text);
  equal(plain(parseJsonc("\ufeff1")), 1);
});

/** What is refused: the text, the line and the message. */
const REFUSED: readonly (readonly [text: string, line: number, message: string])[] = [
  ["", 1, "expected a value: text in double quotes, a number, true, false, null, [ or {"],
  ["\n\nnope", 3, "expected a value: text in double quotes, a number, true, false, null, [ or {"],
  ["truth", 1, "expected a value: text in double quotes, a number, true, false, null, [ or {"],
  ["01", 1, "expected a value: text in double quotes, a number, true, false, null, [ or {"],
  ["1.", 1, "expected a value: text in double quotes, a number, true, false, null, [ or {"],
  ["'a'", 1, "expected a value: text in double quotes, a number, true, false, null, [ or {"],
  ["[1 2]", 1, 'expected "," or "]" after the value'],
  ["[,]", 1, "expected a value: text in double quotes, a number, true, false, null, [ or {"],
  ['{"a":1,,}', 1, 'expected a key in double quotes, or "}"'],
  ["{a:1}", 1, 'expected a key in double quotes, or "}"'],
  ['{"a"\n1}', 2, 'expected ":" after the key'],
  ['{"a":1\n"b":2}', 2, 'expected "," or "}" after the value'],
  ['{"a":1,\n"a":2}', 2, "expected each key one time"],
  ['{"a":1', 1, 'expected "," or "}" after the value'],
  ["{}\n{}", 2, "expected nothing after the end of the value"],
  ['"a\nb"', 1, "expected a double quote at the end of the text"],
  ['"a', 1, "expected a double quote at the end of the text"],
  ['"\\x"', 1, 'expected one of "\\/bfnrtu after a backslash'],
  ['"\\u12"', 1, "expected four hexadecimal digits after \\u"],
  ["1 /* no end", 1, "expected */ at the end of the comment"],
  ["[".repeat(100), 1, "expected at most 32 levels of brackets"],
];

for (const [text, line, message] of REFUSED) {
  Deno.test(`parseJsonc refuses ${JSON.stringify(text.slice(0, 20))}`, () => {
    throws(() => parseJsonc(text), (error) => {
      ok(error instanceof JsoncError);
      equal([error.line, error.message], [line, message]);
      return true;
    });
  });
}
