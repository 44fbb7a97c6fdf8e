import type { Signal } from "@faultline/contracts";
import { wordsOf } from "../graph/names.ts";
import type { Timed } from "../situation.ts";

/** A change as the system got it: a commit with the deploy that brought it, a flag, a setting. */
export interface Delivered {
	id: string;
	commitId: string | undefined;
	type: string;
	title: string;
	service: string | undefined;
	/** Services that it went to, or that its files belong to. */
	services: string[];
	/** When it took effect: the deploy's time where there is one. */
	at: number;
	/** Whether a delivery of exactly this is recorded. */
	delivered: boolean;
	/** A later delivery that must have carried it. */
	carriedBy: string | undefined;
	files: string[] | undefined;
	diff: string | undefined;
	signal: Signal;
}

/** Joins commits with the deploys that name them. A deploy of an unknown commit stands for itself. Provider status feeds are no changes of ours. */
export function deliveries(changes: readonly Timed[]): Delivered[] {
	const deploys = changes.filter(({ signal }) => isDeploy(signal));
	const commits = changes.filter(({ signal }) => signal.change?.type === "commit");
	const used = new Set<Timed>();
	const found: Delivered[] = [];
	for (const commit of commits) {
		const sha = commit.signal.change?.commitId ?? commit.signal.change?.id ?? "";
		const mine = deploys.filter((d) => names(d.signal, sha));
		for (const d of mine) used.add(d);
		const first = mine.reduce<Timed | undefined>((a, b) => (a === undefined || b.at < a.at ? b : a), undefined);
		const carrier = first ?? deploys.find((d) => d.at >= commit.at && d.signal.change?.commitId !== undefined);
		found.push({
			...base(commit),
			commitId: sha,
			service: first?.signal.service ?? commit.signal.service,
			services: [...new Set([...mine.map((d) => d.signal.service), commit.signal.service].filter((s) => s !== undefined))].concat(
				mine.length > 0 ? [] : servicesOfFiles(commit.signal.change?.files),
			),
			at: first?.at ?? carrier?.at ?? commit.at,
			delivered: first !== undefined,
			carriedBy: first === undefined ? carrier?.signal.change?.id : undefined,
		});
	}
	for (const other of changes) {
		const type = other.signal.change?.type;
		if (type === "commit" || type === "status" || used.has(other)) continue;
		found.push({ ...base(other), commitId: other.signal.change?.commitId, delivered: true });
	}
	return found;
}

function base(timed: Timed): Delivered {
	const { change, service } = timed.signal;
	return {
		id: change?.id ?? timed.signal.id,
		commitId: undefined,
		type: change?.type ?? "other",
		title: change?.title ?? timed.signal.body,
		service,
		services: service === undefined ? servicesOfFiles(change?.files) : [service],
		at: timed.at,
		delivered: false,
		carriedBy: undefined,
		files: change?.files,
		diff: change?.diff,
		signal: timed.signal,
	};
}

const isDeploy = (signal: Signal): boolean => /^(?:deploy|rollout|release)/i.test(signal.change?.type ?? "");

/** A deploy names a commit where their ids agree in at least seven characters. */
function names(deploy: Signal, sha: string): boolean {
	const named = deploy.change?.commitId;
	return named !== undefined && sha.length >= 7 && named.length >= 7 && (named.startsWith(sha) || sha.startsWith(named));
}

/** "services/payment/charge.go" belongs to "payment". */
function servicesOfFiles(files: readonly string[] | undefined): string[] {
	const found = (files ?? []).map((file) => /(?:^|\/)(?:services?|apps?|cmd)\/([^/]+)\//.exec(file)?.[1]).filter((s) => s !== undefined);
	return [...new Set(found)].filter((s) => wordsOf(s).length > 0);
}

/** "payment" and "paymentservice", "orders" and "orders-svc": one name for two places. */
export function sameName(a: string, b: string): boolean {
	const bare = (name: string): string =>
		name
			.toLowerCase()
			.replace(/[^a-z0-9]/g, "")
			.replace(/(?:service|svc|server|app|api)$/, "")
			.replace(/s$/, "");
	return a === b || (bare(a) !== "" && bare(a) === bare(b));
}
