import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ConfigPlace } from "../config/load-config.ts";
import { openDesk } from "../server/open-desk.ts";
import type { Desk } from "../tools/desk.ts";

const FIXTURE = fileURLToPath(new URL("./fixture-source.ts", import.meta.url));

/** A desk over real child processes that behave as `modes` says, with a store of its own. `config` replaces the configuration's text. */
export async function openTestDesk(
	modes: string,
	config = "sources:\n  kubernetes:\n  sentry: {organization: acme, token: secret-token}\n",
): Promise<Desk> {
	const folder = await mkdtemp(join(tmpdir(), "faultline-desk-"));
	await writeFile(join(folder, "faultline.yaml"), config);
	const env = { PATH: process.env.PATH, HOME: folder, FAULTLINE_DATA_DIR: join(folder, "data") };
	const place: ConfigPlace = { path: undefined, env, cwd: folder, home: folder };
	return openDesk(place, { command: process.execPath, args: [FIXTURE, modes] });
}
