/**
 * Names that may stand in a command that a person will run. A name is taken only from the identity of a resource, never from
 * log text, and only where it is wholly of letters, digits and inner . _ - : / @: nothing in it can end an argument,
 * begin an option, or mean anything to a shell.
 */
const IDENTIFIER = /^[A-Za-z0-9](?:[A-Za-z0-9._:/@-]{0,251}[A-Za-z0-9])?$/;

/** A name of a Kubernetes object, or of a host (RFC 1123 subdomain). */
const KUBERNETES_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;

export function isIdentifier(name: string): boolean {
	return IDENTIFIER.test(name) && !name.includes("..");
}

export function isKubernetesName(name: string): boolean {
	return name.length <= 253 && KUBERNETES_NAME.test(name);
}
