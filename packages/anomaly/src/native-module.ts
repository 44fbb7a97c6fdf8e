import { existsSync } from "node:fs";
import { createRequire } from "node:module";

/** A package with a native module, loaded where it is first used; undefined where it is not installed or does not run on this system. */
export function loadNative(name: string): unknown {
	for (const place of places(import.meta.url)) {
		try {
			return createRequire(place)(name);
		} catch {
			// Not to be found or not to be loaded from there; the next place may do.
		}
	}
	return undefined;
}

/** This file; and, where it has been bundled into an app of a checkout, the package that declares what is loaded. */
function places(here: string): string[] {
	const found = [here];
	for (let folder = new URL(".", here); folder.pathname !== "/"; folder = new URL("..", folder)) {
		const declaring = new URL("packages/anomaly/package.json", folder);
		if (existsSync(declaring)) found.push(declaring.href);
	}
	return found;
}
