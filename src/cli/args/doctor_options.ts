import { type Option, switched, valued } from "./option.ts";

/** The options of `doctor` alone, in the order of the help. */
export const DOCTOR_OPTIONS: readonly Option[] = [
  valued("reportPath", {
    name: "report",
    placeholder: "FILE",
    group: "Rules, config and output",
    brief: "with doctor: write what a maintainer needs to see",
    completes: "file",
  }, (text) => text === "" ? { expected: "the path of a file" } : { value: text }),
  switched("isTrial", {
    name: "try",
    group: "Rules, config and output",
    brief: "with doctor: forward a port once, and connect",
  }),
];
