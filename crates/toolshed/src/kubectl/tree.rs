//! Every command that there is, on one page.

use crate::kubectl::command::{Command, options};
use crate::kubectl::options::{
    ALL, APPLY, CHUNKS, DELETE, DRY_RUN, EVERYWHERE, FIELD_SELECTOR, FILES, GET, MANAGER, OUTPUT,
    SAVE, SELECTOR, SUBRESOURCE, VALIDATE, WAIT,
};
use crate::kubectl::{
    apply, auth, config_command, create, delete, describe, diff, edit, events, exec, explain, get,
    logs, mark, patch, replace, rollout, run, scale, server, set, wait,
};

/// The root of the tree.
pub(crate) const ROOT: Command = Command::group(
    "kubectl",
    "kubectl controls the Kubernetes cluster of this lab",
    &[
        Command::new(
            "create",
            "-f FILENAME",
            "Create a resource from a file or from stdin",
            &[FILES, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE, SELECTOR],
            create::run,
        )
        .with(create::GENERATORS),
        Command::new(
            "get",
            "[(-o|--output=)json|yaml|name|wide|jsonpath|custom-columns|…] (TYPE[.VERSION][.GROUP] \
             [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]",
            "Display one or many resources",
            &[GET, OUTPUT, FILES, SELECTOR, FIELD_SELECTOR, EVERYWHERE, CHUNKS, SUBRESOURCE],
            get::run,
        ),
        Command::new(
            "describe",
            "(-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)",
            "Show details of a specific resource or group of resources",
            &[describe::FLAGS, FILES, SELECTOR, EVERYWHERE, CHUNKS],
            describe::run,
        ),
        Command::new(
            "delete",
            "([-f FILENAME] | [-k DIRECTORY] | TYPE [(NAME | -l label | --all)])",
            "Delete resources by file names, stdin, resources and names, or by resources and \
             label selector",
            &[DELETE, OUTPUT, FILES, SELECTOR, FIELD_SELECTOR, EVERYWHERE, ALL, DRY_RUN],
            delete::run,
        ),
        Command::new(
            "apply",
            "(-f FILENAME | -k DIRECTORY)",
            "Apply a configuration to a resource by file name or stdin",
            &[APPLY, FILES, OUTPUT, SELECTOR, DRY_RUN, MANAGER, VALIDATE, ALL],
            apply::run,
        )
        .with(&[
            refused("edit-last-applied", "Edit the annotation of apply (not available here)"),
            refused("set-last-applied", "Set the annotation of apply (not available here)"),
            refused("view-last-applied", "View the annotation of apply (not available here)"),
        ]),
        Command::new(
            "wait",
            "([-f FILENAME] | resource.group/resource.name | resource.group [(-l label | --all)]) \
             [--for=create|--for=delete|--for condition=available|--for=jsonpath='{}'[=value]]",
            "Wait for a specific condition on one or many resources",
            &[WAIT, FILES, OUTPUT, SELECTOR, FIELD_SELECTOR, EVERYWHERE, ALL],
            wait::run,
        ),
        Command::new(
            "label",
            "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N",
            "Update the labels on a resource",
            &[mark::FLAGS, OUTPUT, FILES, SELECTOR, EVERYWHERE, ALL, DRY_RUN, MANAGER],
            mark::label,
        ),
        Command::new(
            "annotate",
            "[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N",
            "Update the annotations on a resource",
            &[mark::FLAGS, OUTPUT, FILES, SELECTOR, EVERYWHERE, ALL, DRY_RUN, MANAGER],
            mark::annotate,
        ),
        Command::new(
            "scale",
            "--replicas=COUNT (-f FILENAME | TYPE NAME)",
            "Set a new size for a deployment, replica set, or replication controller",
            &[scale::FLAGS, OUTPUT, FILES, SELECTOR, ALL, DRY_RUN, MANAGER],
            scale::run,
        ),
        Command::new(
            "patch",
            "(-f FILENAME | TYPE NAME) [-p PATCH|--patch-file FILE]",
            "Update fields of a resource",
            &[patch::FLAGS, OUTPUT, FILES, SUBRESOURCE, DRY_RUN, MANAGER],
            patch::run,
        ),
        Command::group("rollout", "Manage the rollout of a resource", rollout::COMMANDS),
        Command::new(
            "logs",
            "[-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]",
            "Print the logs for a container in a pod",
            &[logs::FLAGS],
            logs::run,
        ),
        Command::new(
            "exec",
            "(POD | TYPE/NAME) [-c CONTAINER] [flags] -- COMMAND [args...]",
            "Execute a command in a container",
            &[exec::FLAGS, FILES],
            exec::run,
        ),
        Command::new(
            "events",
            "[(-o|--output=)json|yaml|name] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]",
            "List events",
            &[events::FLAGS, OUTPUT, EVERYWHERE, CHUNKS],
            events::run,
        ),
        Command::group("auth", "Inspect authorization", auth::COMMANDS),
        Command::new(
            "api-resources",
            "",
            "Print the supported API resources on the server",
            &[server::RESOURCES],
            server::api_resources,
        ),
        Command::new(
            "api-versions",
            "",
            "Print the supported API versions on the server, in the form of \"group/version\"",
            &[],
            server::api_versions,
        ),
        Command::new(
            "version",
            "",
            "Print the client and server version information",
            &[server::VERSIONS],
            server::version,
        ),
        Command::new("cluster-info", "", "Display cluster information", &[], server::cluster_info),
        Command::group("config", "Modify kubeconfig files", config_command::COMMANDS),
        Command::group("top", "Display resource (CPU/memory) usage", TOP),
        Command::new(
            "edit",
            "(RESOURCE/NAME | -f FILENAME)",
            "Edit a resource on the server",
            &[edit::FLAGS, FILES, MANAGER, VALIDATE],
            edit::run,
        ),
        Command::new(
            "explain",
            "TYPE [--recursive=FALSE|TRUE] [--api-version=api-version-group]",
            "Describe fields and structure of various resources",
            &[explain::FLAGS],
            explain::run,
        ),
        Command::new(
            "diff",
            "-f FILENAME",
            "Diff the live version against a would-be applied version",
            &[diff::FLAGS, FILES, SELECTOR, MANAGER, VALIDATE],
            diff::run,
        ),
        refused("port-forward", "Forward local ports to a pod (not available here)"),
        refused("cp", "Copy files to and from containers (not available here)"),
        refused("attach", "Attach to a running container (not available here)"),
        refused("debug", "Create debugging sessions (not available here)"),
        refused("proxy", "Run a proxy to the API server (not available here)"),
        refused("kustomize", "Build a kustomization (not available here)"),
        refused("autoscale", "Auto-scale a workload (not available here)"),
        refused("drain", "Drain node in preparation for maintenance (not available here)"),
        refused("cordon", "Mark node as unschedulable (not available here)"),
        refused("uncordon", "Mark node as schedulable (not available here)"),
        refused("taint", "Update the taints on nodes (not available here)"),
        refused("certificate", "Modify certificate resources (not available here)"),
        Command::new(
            "completion",
            "SHELL",
            "Output shell completion code for the specified shell (bash)",
            &[],
            server::completion,
        ),
        refused("plugin", "Plugins (not available here)"),
        Command::group("set", "Set specific features on objects", set::COMMANDS),
        Command::new(
            "replace",
            "-f FILENAME",
            "Replace a resource by file name or stdin",
            &[replace::FLAGS, FILES, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
            replace::run,
        ),
        Command::new(
            "run",
            "NAME --image=image [--env=\"key=value\"] [--port=port] [-- ARGS...]",
            "Run a particular image on the cluster",
            &[run::RUN, OUTPUT, DRY_RUN, MANAGER],
            run::run,
        ),
        Command::new(
            "expose",
            "(-f FILENAME | TYPE NAME) [--port=port] [--target-port=number-or-name]",
            "Take a replication controller, service, deployment or pod and expose it as a new Kubernetes service",
            &[run::EXPOSE, FILES, OUTPUT, DRY_RUN, MANAGER],
            run::expose,
        ),
        Command::new("options", "", "Print the flags that every command takes", &[], options),
    ],
);

const TOP: &[Command] = &[
    Command::new("node", "[NAME]", "Display resource usage of nodes", &[SELECTOR], server::refuse)
        .also(&["nodes", "no"]),
    Command::new(
        "pod",
        "[NAME]",
        "Display resource usage of pods",
        &[SELECTOR, EVERYWHERE],
        server::refuse,
    )
    .also(&["pods", "po"]),
];

/// A command that is known and refused by name.
pub(crate) const fn refused(name: &'static str, about: &'static str) -> Command {
    Command::new(name, "", about, &[FILES, OUTPUT, SELECTOR], server::refuse).refused()
}

#[cfg(test)]
mod tests {
    use super::ROOT;
    use crate::kubectl::command::find;
    use crate::kubectl::server::refusal;

    #[test]
    fn what_is_not_available_is_refused_by_name_whatever_its_flags() {
        for line in ["create pdb p --min-available=1", "set sa deploy/x y", "autoscale d --max=3"] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();

            let found = find(&ROOT, &words);

            assert!(found.command.refused, "{line}");
            let words = refusal(&found.path).words();
            assert!(words.contains("is not available here: "), "{words}");
        }
    }
}
