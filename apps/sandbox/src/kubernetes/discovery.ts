import { KINDS } from "./kinds.ts";

const READ = ["get", "list"];
const GROUPS = [...new Set(KINDS.map((k) => k.group).filter((g) => g !== "")), "authorization.k8s.io"];

export const apiVersions = { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
export const groupList = { kind: "APIGroupList", apiVersion: "v1", groups: GROUPS.map(groupEntry) };
export const version = {
	major: "1",
	minor: "32",
	gitVersion: "v1.32.0-faultline-sandbox",
	gitCommit: "",
	gitTreeState: "clean",
	buildDate: "1970-01-01T00:00:00Z",
	goVersion: "",
	compiler: "",
	platform: "linux/amd64",
};

function groupEntry(name: string): object {
	const v = { groupVersion: `${name}/v1`, version: "v1" };
	return { name, versions: [v], preferredVersion: v };
}

/** One API group; undefined where it is not served. */
export function group(name: string): object | undefined {
	return GROUPS.includes(name) ? { kind: "APIGroup", apiVersion: "v1", ...groupEntry(name) } : undefined;
}

/** The resources of a group ("" is the core group); undefined where it is not served. */
export function resourceList(name: string): object | undefined {
	if (name !== "" && !GROUPS.includes(name)) return undefined;
	const resources = KINDS.filter((k) => k.group === name).map(({ plural, singular, namespaced, kind, shortNames }) => ({
		name: plural,
		singularName: singular,
		namespaced,
		kind,
		verbs: READ,
		shortNames,
	}));
	const more = [
		...(name === "" ? [{ name: "pods/log", singularName: "", namespaced: true, kind: "Pod", verbs: ["get"] }] : []),
		...(name === "authorization.k8s.io"
			? [
					{
						name: "selfsubjectaccessreviews",
						singularName: "selfsubjectaccessreview",
						namespaced: false,
						kind: "SelfSubjectAccessReview",
						verbs: ["create"],
					},
				]
			: []),
	];
	return { kind: "APIResourceList", apiVersion: "v1", groupVersion: name === "" ? "v1" : `${name}/v1`, resources: [...resources, ...more] };
}
