import { deepStrictEqual as equal } from "node:assert/strict";
import { findStarted } from "../../../src/linux/proc/started_name.ts";

Deno.test("findStarted tells what people started, by the arguments of an interpreter", () => {
  const rows: readonly (readonly [string, string | null, string?])[] = [
    ["node /home/a/app/node_modules/.bin/vite --host", "vite"],
    ["node /home/a/app/node_modules/vite/bin/vite.js", "vite", "vite.js"],
    ["/usr/bin/node node_modules/next/dist/bin/next dev", "next"],
    ["node --inspect=0 -r ts-node/register --import tsx server.js", "server.js", "server"],
    ["node /srv/node_modules/@storybook/cli/bin/index.cjs dev", "cli", "index.cjs"],
    ["node node_modules/webpack-dev-server/bin/webpack-dev-server.js", "webpack-dev-server"],
    ["node -e require('http')", null],
    ["node", null],
    ["python3 -m http.server 8000", "http.server"],
    ["python3.12 -X dev -m uvicorn app:app", "uvicorn"],
    ["/usr/bin/python3 /usr/local/bin/uvicorn app:app", "uvicorn"],
    ["python manage.py runserver", "manage.py", "manage"],
    ["python -c import\u00a0http", null],
    ["ruby bin/rails server", "rails"],
    ["ruby -r json script.rb", "script.rb", "script"],
    ["java -Xmx1g -cp a.jar:b.jar com.example.Main --port 1", "com.example.Main"],
    ["java -jar /opt/app/app.jar", "app.jar"],
    ["php artisan serve", "artisan"],
    ["php -S 0.0.0.0:8000", null],
    ["dotnet exec /app/web.dll", "web.dll", "web"],
    ["deno run -A --unstable server.ts", "server.ts", "server"],
    ["deno server.ts", "server.ts", "server"],
    ["deno task dev", "dev"],
    ["deno test --allow-all tests", null],
    ["bun run dev.ts", "dev.ts", "dev"],
    ["dotnet build", null],
    ["/bin/sh -c sleep", null],
    ["bash /usr/local/bin/tool", "tool"],
    ["nginx -g daemon", null],
    ["postgres -D data", null],
    ["", null],
  ];
  for (const [line, name, alias] of rows) {
    const started = findStarted(line.split(" "));
    equal(started?.name ?? null, name, line);
    if (alias !== undefined) equal(started?.aliases.includes(alias), true, `${line}: ${started?.aliases}`);
  }
});

Deno.test("findStarted passes hostile words on as they are, and never takes long over them", () => {
  equal(findStarted(["node", "\x1b[2J.js"])?.name, "\x1b[2J.js");
  equal(findStarted(["node", "a/".repeat(4000)]), null);
  equal(findStarted(["python3", "-m"]), null);
});
