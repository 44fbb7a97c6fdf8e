import { type Action, inspectWorkload } from "./action.ts";
import { isKubernetesName } from "./identifier.ts";

export const cordonNode: Action = {
	id: "cordon-node",
	risk: "low",
	applies: (s) => s.cause.kind === "node" && isKubernetesName(s.target),
	propose: (s) => ({
		title: `Keep new pods off the node ${s.target}`,
		why: "pods that start elsewhere are not hit.",
		precheck: [
			`kubectl describe node ${s.target}`,
			`kubectl get pods --all-namespaces --field-selector spec.nodeName=${s.target}`,
			"Check that the other nodes have room.",
		],
		steps: [`kubectl cordon ${s.target}`],
		undo: `kubectl uncordon ${s.target}`,
		success: ["New pods start on other nodes and become ready."],
	}),
};

export const shedTraffic: Action = {
	id: "shed-traffic",
	risk: "medium",
	applies: (s) => s.mechanism === "traffic-surge",
	propose: (s) => ({
		title: `Limit the traffic to ${s.target}`,
		why: "some requests refused early are better than all of them late.",
		precheck: [
			"Find where the traffic comes from: one client, one path, retries, or everybody.",
			`Find what ${s.target} carries when healthy.`,
		],
		steps: [
			`Set a rate limit before ${s.target} (ingress, gateway or load balancer) at what it carries when healthy, for the noisiest client or the least important path first.`,
		],
		undo: "Take the rate limit away.",
		success: ["Answer times of what is let through return to normal within 5 minutes."],
	}),
};

export const backOff: Action = {
	id: "back-off-callers",
	risk: "medium",
	applies: (s) => s.mechanism === "rate-limited",
	propose: (s) => ({
		title: `Send fewer calls to what throttles ${s.target}`,
		why: "the quota is used up; retries use it up further.",
		precheck: ["Find the quota and who uses how much of it.", "Check that clients wait as long as retry-after says."],
		steps: ["Lower the concurrency and the retries of the caller that uses the most, or ask for a higher quota."],
		undo: "Set concurrency and retries back.",
		success: ["The throttled share falls to nothing within 10 minutes."],
	}),
};

export const renewCertificate: Action = {
	id: "renew-certificate",
	risk: "medium",
	applies: (s) => s.mechanism === "certificate-expired",
	propose: (s) => ({
		title: `Renew the expired certificate that ${s.target} met`,
		why: "connections are refused until it is renewed.",
		precheck: [
			`Find in the errors that are cited whose certificate it is: that of ${s.target}, or of what it connects to.`,
			'openssl s_client -connect "$HOST:$PORT" -servername "$HOST" </dev/null | openssl x509 -noout -dates -subject',
			"Find out why the renewal that should have run did not.",
		],
		steps: [
			"Issue that certificate the way it was issued before, and put it in place.",
			"Reload or restart its server, where it reads the certificate only at start.",
		],
		undo: "Keep the expired certificate; putting it back brings the fault back, so there is nothing to gain.",
		success: ["The handshake succeeds, and the certificate's end is more than 30 days away."],
	}),
};

export const restorePermission: Action = {
	id: "restore-permission",
	risk: "medium",
	applies: (s) => s.mechanism === "permission-denied",
	propose: (s) => ({
		title: `Give ${s.target} back the permission that it lost`,
		why: "it worked while it had the permission.",
		precheck: [
			"Find the identity, the action and the object in the refusals that are cited.",
			"Find out when that permission was last there, and who took it away and why.",
		],
		steps: ["Grant exactly that action on that object again, through the same policy or role as before."],
		undo: "Take the grant away again.",
		success: ["The refusals stop within 5 minutes."],
	}),
};

export const contactProvider: Action = {
	id: "contact-provider",
	risk: "low",
	applies: (s) => s.mechanism === "dependency-down" || (s.mechanism === "failover" && s.cause.kind !== "node"),
	propose: (s) => ({
		title: `Tell those who run ${s.target}, and keep its failure from spreading`,
		why: "it cannot be mended from here.",
		precheck: [`Read the status page of ${s.target}.`, "Check whether calls to it fail fast or wait for their time-out."],
		steps: [
			`Open a ticket with those who run ${s.target}, with the times and error counts that are cited.`,
			"Turn on the fallback or the circuit breaker of its callers, where there is one.",
		],
		undo: "Turn the fallback off once it answers again.",
		success: ["Callers answer without waiting for it; its own errors stop when it is back."],
	}),
};

export const checkNames: Action = {
	id: "restore-name-resolution",
	risk: "medium",
	applies: (s) => s.mechanism === "name-resolution",
	propose: (s) => ({
		title: `Restore name resolution for ${s.target}`,
		why: "it cannot find what it calls.",
		precheck:
			s.platform === "kubernetes"
				? [
						"kubectl get pods,endpoints --namespace kube-system --selector k8s-app=kube-dns",
						"kubectl logs --namespace kube-system --selector k8s-app=kube-dns --tail 50",
						"Check that the name that cannot be resolved exists.",
					]
				: [
						"Resolve the name from the same host with dig, and see which server answers.",
						"Check that the name exists and when its record last changed.",
					],
		steps:
			s.platform === "kubernetes"
				? [
						`kubectl rollout restart deployment --namespace kube-system --selector k8s-app=kube-dns  # where its pods are unwell; else mend the name or the network policy`,
					]
				: ["Mend the record, or point the host to a name server that answers."],
		undo: "Put the earlier record or name server back; a restart needs none.",
		success: ["Lookups succeed within a minute."],
	}),
};

export const isolateInput: Action = {
	id: "set-bad-input-aside",
	risk: "medium",
	applies: (s) => s.mechanism === "bad-input",
	propose: (s) => ({
		title: `Set the input that ${s.target} cannot take aside`,
		why: "the rest goes through once the bad records no longer stop it.",
		precheck: ["Find one bad record and who sent it.", "Check whether all input is bad, or some of it."],
		steps: [
			"Stop the sender of the bad records, or move them to a dead-letter queue; do not delete them.",
			`Correct them at their origin, and give them to ${s.target} again.`,
		],
		undo: "Give what was set aside back.",
		success: ["The errors that are cited stop, and nothing that is well formed is lost."],
	}),
};

export const moveOffPath: Action = {
	id: "restart-off-the-bad-network-path",
	risk: "medium",
	applies: (s) =>
		(s.mechanism === "network-delay" || s.mechanism === "network-unreachable") && s.workload !== undefined && s.cause.kind === "pod",
	propose: (s) => ({
		title: `Start ${s.target} on another node`,
		why: "on another node it takes another network path.",
		precheck: [
			...inspectWorkload(s),
			`kubectl get pod ${s.target} --namespace "$NS" --output jsonpath='{.spec.nodeName}'  # set NODE to it`,
			`kubectl get networkpolicies --namespace "$NS"`,
			"See whether other pods of that node are slow too: if none is, the node is not why.",
		],
		steps: [`kubectl cordon "$NODE"`, `kubectl delete pod ${s.target} --namespace "$NS"`],
		undo: `kubectl uncordon "$NODE"`,
		success: ["The new pod answers as fast as its siblings within 5 minutes."],
	}),
};
