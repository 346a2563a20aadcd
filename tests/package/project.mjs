// A project as one begins it: empty, then the package from its tarball, and beside it what its tests
// need, from what is installed here. `project.mjs TARBALL DIRECTORY`.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const [tarball, project] = process.argv.slice(2);
const here = import.meta.dirname;

rmSync(project, { recursive: true, force: true });
mkdirSync(project, { recursive: true });
writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }\n');
const flags = ["--offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
execFileSync("npm", ["install", ...flags, tarball], { cwd: project, stdio: "inherit" });
for (const name of ["mqtt", "aedes", "playwright-core", "typescript", "@types/node"]) {
  const link = join(project, "node_modules", name);
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(join(here, "node_modules", name), link);
}
for (const name of ["cases", "bench", "browser", "example"]) {
  cpSync(join(here, name), join(project, name), { recursive: true });
}
cpSync(join(here, "../clients/mqttjs"), join(project, "clients"), { recursive: true });
