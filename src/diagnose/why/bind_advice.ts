import { namesOf, type Program } from "../../net/listener.ts";

/**
 * How widely used development servers are told to listen on every address, as their own documents say; by the name of
 * the program or of its first argument.
 */
const ADVICE: readonly (readonly [name: string, advice: string])[] = [
  ["vite", "vite --host 0.0.0.0"],
  ["next-server", "next dev -H 0.0.0.0"],
  ["next", "next dev -H 0.0.0.0"],
  ["flask", "flask run --host 0.0.0.0"],
  ["uvicorn", "uvicorn --host 0.0.0.0 APP"],
  ["gunicorn", "gunicorn --bind 0.0.0.0:PORT APP"],
  ["rails", "rails server -b 0.0.0.0"],
  ["puma", "puma -b tcp://0.0.0.0:PORT"],
  ["hugo", "hugo server --bind 0.0.0.0"],
  ["jekyll", "jekyll serve --host 0.0.0.0"],
  ["php", "php -S 0.0.0.0:PORT"],
  ["jupyter-lab", "jupyter lab --ip 0.0.0.0"],
  ["jupyter-noteboo", "jupyter notebook --ip 0.0.0.0"],
  ["postgres", "listen_addresses = '*' in postgresql.conf"],
  ["mysqld", "bind-address = 0.0.0.0 in my.cnf"],
  ["redis-server", "bind 0.0.0.0 in redis.conf (and a password)"],
];

/** How to have a program listen on every address, as exactly as it is known. */
export function adviseBinding(program: Program | null, port: number): string {
  const names = namesOf(program);
  const advice = ADVICE.find(([name]) => names.includes(name))?.[1];
  if (advice !== undefined) return advice.replace("PORT", String(port));
  return "start the program so that it listens on 0.0.0.0 (often --host 0.0.0.0 or --bind 0.0.0.0)";
}
