import type { Fault } from "../faults/fault.ts";
import type { Random } from "../random.ts";
import type { SystemNode } from "../system/model.ts";
import { guiltyPatch, harmlessPatch, type Patch } from "../text/patches.ts";
import type { Vocabulary } from "../text/vocabulary.ts";
import type { Voice } from "../text/voices.ts";
import type { Collector } from "./collector.ts";
import { type Cluster, tellRollout } from "./kubernetes.ts";

export interface ChangeInput {
	random: Random;
	words: Vocabulary;
	nodes: readonly SystemNode[];
	voices: readonly Voice[];
	cluster: Cluster;
	collect: Collector;
	window: { from: number; to: number };
	/** How deploys are named in this system. */
	style: number;
}

const iso = (t: number) => new Date(Math.round(t)).toISOString();

interface Delivered {
	commit: string;
	deploy: string;
}

/** A commit and, minutes later, its deploy with the rollout that follows. */
function deliver(input: ChangeInput, node: SystemNode, patch: Patch, deployAt: number, commitAt: number): Delivered {
	const { random, collect, words } = input;
	const commit = random.hex(40);
	const by = random.pick(words.people);
	const author = input.style % 2 === 0 ? by.name : by.login;
	collect.add("sentry", {
		kind: "change",
		time: iso(commitAt),
		severity: 9,
		resource: node.name,
		service: node.name,
		body: patch.title,
		change: { type: "commit", id: commit, commitId: commit, title: patch.title, author, files: patch.files, diff: patch.diff },
	});
	const stamp = iso(deployAt).slice(0, 16).replaceAll(/[-T:]/g, "");
	const deploy =
		[
			`deploy-${node.name}-${commit.slice(0, 7)}`,
			`v${stamp.slice(0, 8)}.${stamp.slice(8)}`,
			`${node.name}@${random.int(1, 9)}.${random.int(0, 40)}.${random.int(0, 9)}`,
		][input.style % 3] ?? commit;
	collect.add(input.style % 2 === 0 ? "kubernetes" : "sentry", {
		kind: "change",
		time: iso(deployAt),
		severity: 9,
		resource: node.name,
		service: node.name,
		body: `deploy ${node.name} ${commit.slice(0, 8)}`,
		change: {
			type: "deploy",
			id: deploy,
			commitId: commit,
			title: `deploy ${node.name} ${commit.slice(0, 8)}`,
			author,
			files: patch.files,
		},
	});
	tellRollout(input.cluster, node, deployAt);
	return { commit, deploy };
}

/** The change behind a fault; what it is called by. Configuration is changed by a deploy, or in place. */
export function tellGuilty(input: ChangeInput, fault: Fault): { id: string; also: string[] } {
	const { random, words, collect } = input;
	const { node } = fault;
	const thrown = (input.voices[node.index] as Voice).thrown;
	const patch = guiltyPatch(random, words, node, fault.name, thrown);
	const rollout = node.pods.length > 0 ? random.between(2_000, 15_000) : random.between(1_000, 5_000);
	const at = Math.max(input.window.from + 1_000, fault.from - rollout);
	if (fault.kind.change === "config" && random.chance(0.35)) {
		const commit = random.hex(40);
		const author = random.pick(words.people).name;
		collect.add("grafana", {
			kind: "change",
			time: iso(at),
			severity: 9,
			resource: node.name,
			service: node.name,
			body: patch.title,
			change: { type: "config", id: commit, commitId: commit, title: patch.title, author, files: patch.files, diff: patch.diff },
		});
		return { id: commit, also: [] };
	}
	const { commit, deploy } = deliver(input, node, patch, at, Math.max(input.window.from, at - random.between(20_000, 600_000)));
	return { id: commit, also: [deploy] };
}

/** Changes that have nothing to do with it: some long before, some close to the onset, a few after; their ids. */
export function tellHarmless(input: ChangeInput, count: number, onset: number | undefined, guilty: ReadonlySet<number>): string[] {
	const { random, words, collect, window } = input;
	const ids: string[] = [];
	const able = input.nodes.filter((n) => (n.kind === "service" || n.kind === "worker") && !(guilty.has(n.index) && random.chance(0.85)));
	for (let i = 0; i < count && able.length > 0; i++) {
		const node = random.pick(able);
		const close = onset !== undefined && random.chance(0.35);
		const at = close ? Math.max(window.from, onset - random.between(0, 400_000)) : random.between(window.from, window.to);
		const patch = harmlessPatch(random, words, node);
		if (random.chance(0.55)) {
			const { commit, deploy } = deliver(input, node, patch, at, Math.max(window.from, at - random.between(20_000, 900_000)));
			ids.push(commit, deploy);
			continue;
		}
		const flag = random.chance(0.4);
		const id = flag ? `${node.entity}.${words.word()}` : random.hex(40);
		const title = flag ? `flag ${id} off->on` : patch.title;
		const author = random.pick(words.people).login;
		collect.add(flag ? "grafana" : "sentry", {
			kind: "change",
			time: iso(at),
			severity: 9,
			resource: node.name,
			service: node.name,
			body: title,
			change: {
				type: flag ? "flag" : "commit",
				id,
				title,
				author,
				...(flag ? {} : { commitId: id, files: patch.files, diff: patch.diff }),
			},
		});
		ids.push(id);
	}
	return ids;
}

/** A provider's own status page; not all own up, and some tell of troubles that are not these. */
export function tellStatusPage(input: ChangeInput, provider: SystemNode, at: number, trouble: boolean): void {
	const { random, collect } = input;
	const title = trouble
		? random.pick([
				`${provider.name}: elevated error rates`,
				`${provider.name}: investigating degraded performance`,
				`${provider.name}: partial outage`,
			])
		: random.pick([`${provider.name}: scheduled maintenance completed`, `${provider.name}: dashboard charts delayed`]);
	collect.add("grafana", {
		kind: "change",
		time: iso(at),
		severity: 9,
		resource: provider.name,
		service: provider.name,
		body: title,
		change: { type: "status", id: `status-${random.slug(8)}`, title },
	});
}
