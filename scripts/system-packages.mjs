// The system software that the tests run against, from Debian's packages (and the AWS command line and an AWS emulator from PyPI). Installed when root.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { LaunchError, log, run, toolchain } from "./toolchain.mjs";

/** What must be there: a way to see that it is, and the Debian package that brings it. */
const NEEDED = [
	{ name: "nginx", found: () => onPath("nginx") || existsSync("/usr/sbin/nginx"), package: "nginx-light" },
	{ name: "PostgreSQL server", found: () => anyVersion("/usr/lib/postgresql", "bin/initdb"), package: "postgresql" },
	{ name: "Redis server", found: () => onPath("redis-server"), package: "redis-server" },
	{ name: "promtool", found: () => onPath("promtool"), package: "prometheus" },
	{ name: "kubectl", found: () => onPath("kubectl"), package: "kubernetes-client" },
	{ name: "Python's venv", found: () => spawnSync("python3", ["-c", "import venv, ensurepip"]).status === 0, package: "python3-venv" },
];

/** Where the AWS command line is, inside the checkout. */
export const awsBinary = join(toolchain, "python", "bin", "aws");
/** The AWS command line, moto (an emulator of AWS that others maintain) as a server, and scikit-learn, which the detectors are compared with. */
const FROM_PYPI = ["awscli==1.46.2", "moto==5.2.5", "flask==3.1.3", "flask-cors==6.0.2", "scikit-learn>=1.5,<2"];

/** @throws LaunchError naming what to install, where this user cannot. */
export function ensureSystemPackages() {
	const missing = NEEDED.filter((n) => !n.found());
	if (missing.length > 0) installPackages(missing);
	if (!existsSync(awsBinary) || !existsSync(join(toolchain, "python", "bin", "moto_server")) || !hasModule("sklearn")) {
		log("installing the AWS command line, an AWS emulator and scikit-learn from PyPI into .toolchain/python");
		run("python3", ["-m", "venv", join(toolchain, "python")], { what: "python3 -m venv" });
		run(join(toolchain, "python", "bin", "pip"), ["install", "--quiet", "--disable-pip-version-check", ...FROM_PYPI], {
			what: `pip install ${FROM_PYPI.join(" ")}`,
		});
	}
}

function installPackages(missing) {
	const packages = missing.map((m) => m.package);
	const command = `apt-get install ${packages.join(" ")}`;
	const needs = `the tests run against ${missing.map((m) => m.name).join(", ")}`;
	if (process.getuid?.() !== 0 || !onPath("apt-get"))
		throw new LaunchError(`${needs}, not found here. Install them (on Debian, as root: ${command}) and run npm test again`);
	log(`installing ${packages.join(", ")} with apt-get: ${needs}`);
	const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
	run("apt-get", ["update", "-qq"], { what: "apt-get update", env });
	run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], { what: command, env });
	const still = missing.filter((m) => !m.found());
	if (still.length > 0) throw new LaunchError(`${command} ran, but ${still.map((m) => m.name).join(", ")} is still not found`);
}

function onPath(program) {
	return (process.env.PATH ?? "").split(":").some((folder) => folder !== "" && existsSync(join(folder, program)));
}

function hasModule(name) {
	const look = `import importlib.util, sys; sys.exit(importlib.util.find_spec("${name}") is None)`;
	return spawnSync(join(toolchain, "python", "bin", "python"), ["-c", look]).status === 0;
}

function anyVersion(folder, inside) {
	return existsSync(folder) && ["20", "19", "18", "17", "16", "15", "14"].some((v) => existsSync(join(folder, v, inside)));
}
