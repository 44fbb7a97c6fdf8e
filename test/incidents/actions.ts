import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { AppError } from "@faultline/contracts";
import type { Shoppers } from "./load/shoppers.ts";
import type { Actions } from "./scenarios/scenario.ts";
import { superuser } from "./stack/postgres.ts";
import type { Shop } from "./stack/shop.ts";
import type { ChangeRecord, Notebook } from "./telemetry/notebook.ts";

const WAITING = "SELECT count(*)::int AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
const LONGEST_LOCK_MS = 30_000;

/** Holds a table's lock for `ms` from the moment at which somebody waits for it. */
async function lockTable(port: number, table: string, ms: number): Promise<void> {
	const admin = superuser(port);
	await admin.connect();
	await admin.query("BEGIN");
	await admin.query(`LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
	const giveUpAt = Date.now() + LONGEST_LOCK_MS;
	while ((await admin.query(WAITING)).rows[0].n === 0 && Date.now() < giveUpAt) await pause(50);
	await pause(ms);
	await admin.query("COMMIT");
	await admin.end();
}

/** Sets a flag where the running services read it; the difference is told as the flag service would. */
function setFlag(file: string, name: string, value: boolean): string {
	const flags = JSON.parse(readFileSync(file, "utf8")) as Record<string, boolean>;
	const before = flags[name];
	writeFileSync(file, `${JSON.stringify({ ...flags, [name]: value }, null, "\t")}\n`);
	return `-${name}: ${before}\n+${name}: ${value}\n`;
}

/** What a scenario may do to the shop; each change goes into the notebook as it is made. Returns the ids of the changes by release or service. */
export function createActions(shop: Shop, load: Shoppers, notebook: Notebook): { actions: Actions; changeIds: Map<string, string> } {
	const changeIds = new Map<string, string>();
	const versions = new Map(shop.supervisor.services.map((service) => [service, shop.repository.head()]));
	const note = (change: ChangeRecord): void => void notebook.changes.push(change);
	let numbers = 0;
	const now = (): string => new Date().toISOString();

	const actions: Actions = {
		commit(release) {
			const { commitId, ...commit } = shop.repository.applyPatch(join(import.meta.dirname, "releases", `${release}.patch`));
			changeIds.set(release, commitId);
			const service = /^[a-z]+/.exec(release)?.[0];
			note({ ...commit, kind: "commit", id: commitId, commitId, ...(service === undefined ? {} : { service }) });
		},
		async deploy(service, release) {
			const commitId = changeIds.get(release);
			if (commitId === undefined) throw new AppError("INTERNAL", `${release} was not committed`);
			const title = `deploy ${service} ${commitId.slice(0, 8)} (was ${versions.get(service)?.slice(0, 8)})`;
			const { author, files } = notebook.changes.find((change) => change.id === commitId) ?? { author: "shop-ci", files: [] };
			note({ time: now(), kind: "deploy", service, id: `deploy-${service}-${++numbers}`, commitId, title, author, files: files ?? [] });
			versions.set(service, commitId);
			await shop.supervisor.rollOut(service, shop.repository.checkout(commitId), commitId);
		},
		flag(name, value, author) {
			const diff = setFlag(join(shop.configDir, "flags.json"), name, value);
			const service = name.split(".")[0] ?? name;
			note({
				time: now(),
				kind: "flag",
				service,
				id: `flag-${name}-${++numbers}`,
				title: `${name} switched ${value ? "on" : "off"}`,
				author,
				diff,
			});
		},
		configure(service, values, title, author) {
			const { commitId, ...commit } = shop.repository.changeSettings(`${service}.json`, values, title, author);
			copyFileSync(join(shop.repository.folder, "config", `${service}.json`), join(shop.configDir, `${service}.json`));
			changeIds.set(service, commitId);
			note({ ...commit, kind: "config", service, id: commitId, commitId });
		},
		runOutside: shop.runOutside,
		redisUrl: `redis://127.0.0.1:${shop.ports.redis}`,
		databaseUrl: (user) => `postgres://${user}@127.0.0.1:${shop.ports.postgres}/shop`,
		acquirerLink: shop.acquirerLink,
		load,
		lockTable: (table, ms) => lockTable(shop.ports.postgres, table, ms),
	};
	return { actions, changeIds };
}
