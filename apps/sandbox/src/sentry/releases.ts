import type { ChangeSignal } from "@faultline/contracts";
import type { World } from "../world.ts";
import type { Project } from "./issues.ts";

export interface Commit {
	/** The commit's hash, or whatever the capture calls it. */
	key: string;
	/** As git has it: a subject, an empty line, a body. The capture's diff, if it has one, is the body. */
	message: string;
	time: string;
	author: string | undefined;
	files: string[];
	repository: string;
}

export interface Deploy {
	id: string;
	name: string;
	time: string;
	project: Project;
}

export interface Release {
	version: string;
	ref: string | undefined;
	author: string | undefined;
	created: string;
	/** Undefined for a release that holds commits not deployed yet. */
	released: string | undefined;
	projects: Project[];
	deploys: Deploy[];
	commits: Commit[];
}

/** The repository of commits that the capture gives to no service. */
const COMMON_REPOSITORY = "main";

/**
 * The capture's deploys as releases with their deploys, each holding its own commit; commits that no deploy names are in one
 * release per repository that was never deployed. Newest first, as Sentry lists them.
 *
 * A release's version is the deploy's id; where two services use one id, "<project>@<id>", as Sentry's SDKs write it.
 */
export function releasesOf(world: World, projects: readonly Project[]): Release[] {
	const byName = new Map(projects.map((p) => [p.name, p]));
	const commits = new Map(world.changes.filter(isCommitted).map((c) => [c.change.commitId ?? c.change.id, commitOf(c)]));
	const deploys = world.changes.filter((c) => c.change.type === "deploy");
	const taken = new Set<string>();
	const releases = new Map<string, Release>();
	for (const [i, signal] of deploys.entries()) {
		const project = byName.get(signal.service ?? "");
		if (!project) continue;
		const { id, commitId, author, title } = signal.change;
		const clash = deploys.some((d) => d.change.id === id && d.service !== signal.service);
		const version = clash ? `${project.slug}@${id}` : id;
		const commit = commitId === undefined ? undefined : (commits.get(commitId) ?? ownCommit(signal, commitId));
		if (commit) taken.add(commit.key);
		const release = releases.get(version) ?? {
			version,
			ref: commitId,
			author,
			created: signal.time,
			released: signal.time,
			projects: [project],
			deploys: [],
			commits: commit ? [commit] : [],
		};
		release.deploys.push({ id: String(7000 + i), name: title, time: signal.time, project });
		releases.set(version, release);
	}
	return [
		...releases.values(),
		...undeployed(
			[...commits.values()].filter((c) => !taken.has(c.key)),
			projects,
		),
	].sort((a, b) => Date.parse(b.created) - Date.parse(a.created));
}

/** A commit; or configuration that is kept in the repository, so that its change is a commit as well. */
function isCommitted({ change }: ChangeSignal): boolean {
	return change.type === "commit" || (change.type === "config" && change.commitId !== undefined);
}

function undeployed(commits: readonly Commit[], projects: readonly Project[]): Release[] {
	const byRepository = new Map<string, Commit[]>();
	for (const commit of commits) byRepository.set(commit.repository, [...(byRepository.get(commit.repository) ?? []), commit]);
	return [...byRepository].map(([repository, list]) => {
		const last = list.at(-1) as Commit;
		const own = projects.filter((p) => p.name === repository);
		return {
			version: `${repository}@unreleased-${last.key.slice(0, 12)}`,
			ref: last.key,
			author: undefined,
			created: last.time,
			released: undefined,
			projects: own.length > 0 ? own : projects.slice(0, 1),
			deploys: [],
			commits: list,
		};
	});
}

const commitOf = ({ change, time, service }: ChangeSignal): Commit => ({
	key: change.commitId ?? change.id,
	message: change.diff === undefined ? change.title : `${change.title}\n\n${change.diff}`,
	time,
	author: change.author,
	files: change.files ?? [],
	repository: service ?? COMMON_REPOSITORY,
});

/** A deploy that tells of its files or diff itself has a commit that does. */
function ownCommit(deploy: ChangeSignal, commitId: string): Commit | undefined {
	const { files, diff } = deploy.change;
	return files === undefined && diff === undefined ? undefined : { ...commitOf(deploy), key: commitId };
}

type Json = Record<string, unknown>;

export function releaseJson(release: Release): Json {
	const { version, ref, author, created, released, projects, deploys, commits } = release;
	const last = deploys.at(-1);
	const lastCommit = commits.at(-1);
	return {
		version,
		shortVersion: version.split("@").at(-1),
		versionInfo: null,
		status: "open",
		ref: ref ?? null,
		url: null,
		dateCreated: iso(created),
		dateReleased: released === undefined ? null : iso(released),
		commitCount: commits.length,
		deployCount: deploys.length,
		lastCommit: lastCommit ? commitJson(lastCommit) : null,
		lastDeploy: last ? deployJson(last) : null,
		authors: [...new Set(commits.map((c) => c.author))].flatMap((name) => (name === undefined ? [] : [{ name, email: null }])),
		owner: author === undefined ? null : { name: author },
		projects: projects.map((p) => ({ ...p, platform: "other", platforms: ["other"] })),
		newGroups: 0,
		data: {},
	};
}

export const deployJson = ({ id, name, time }: Deploy): Json => ({
	id,
	name,
	environment: "production",
	dateStarted: null,
	dateFinished: iso(time),
	url: null,
});

export const commitJson = ({ key, message, time, author, repository }: Commit): Json => ({
	id: key,
	message,
	dateCreated: iso(time),
	author: author === undefined ? null : { name: author },
	repository: { id: "1", name: repository, provider: { id: "unknown", name: "Unknown Provider" }, status: "active" },
	pullRequest: null,
	suspectCommitType: "",
});

/** Sentry's CommitFileChange: it names its commit by message and repository only. */
export const fileChanges = (release: Release): Json[] =>
	release.commits.flatMap((c) =>
		c.files.map((filename, i) => ({
			id: `${c.key.slice(0, 12)}-${i}`,
			orgId: 1,
			author: c.author === undefined ? null : { name: c.author },
			commitMessage: c.message,
			filename,
			type: "M",
			repoName: c.repository,
		})),
	);

const iso = (time: string): string => new Date(time).toISOString();
