//! The words that pages and islands share.

/// The words that pages and islands share.
#[derive(Debug)]
pub struct Texts {
    /// The control plane, at the start of a label.
    pub control_plane: &'static str,
    /// The data plane, at the start of a label.
    pub data_plane: &'static str,
    /// What the lab pill says in the practice cluster.
    pub practice: &'static str,
    /// The lab as a region of the page.
    pub lab: &'static str,
    /// Starts the lab.
    pub lab_start: &'static str,
    /// Leads to joining, for someone who has not joined.
    pub lab_join: &'static str,
    /// Waiting, with the place in the queue.
    pub lab_queued: fn(u32) -> String,
    /// Being prepared: steps done, steps in all.
    pub lab_preparing: fn(u32, u32) -> String,
    /// Being brought to the start of an exercise: steps done, steps in all.
    pub lab_catching_up: fn(u32, u32) -> String,
    /// That broke off.
    pub lab_not_caught_up: &'static str,
    /// Heading of its steps, with the exercise's title.
    pub lab_way: fn(&str) -> String,
    /// Usable.
    pub lab_ready: &'static str,
    /// Could not be created.
    pub lab_failed: &'static str,
    /// Being removed.
    pub lab_ending: &'static str,
    /// Removed.
    pub lab_ended: &'static str,
    /// What is left of the lab, from minutes.
    pub time_left: fn(u32) -> String,
    /// Heading of the steps of preparing.
    pub lab_steps: &'static str,
    /// Exercises of a lesson that are proven, and how many it has.
    pub lesson_proven: fn(u32, u32) -> String,
    /// What a lab is, for someone without one.
    pub lab_none_hint: &'static str,
    /// What waiting means.
    pub lab_queue_hint: &'static str,
    /// What has become of the work in an ended lab.
    pub lab_ended_hint: &'static str,
    /// The lab's end is near.
    pub lab_soon: &'static str,
    /// Lets the lab live longer.
    pub lab_extend: &'static str,
    /// Empties both namespaces.
    pub lab_reset: &'static str,
    /// Ends the lab.
    pub lab_end: &'static str,
    /// Starts another lab.
    pub lab_again: &'static str,
    /// Downloads the kubeconfig.
    pub lab_kubeconfig: &'static str,
    /// What resetting does, before it is done.
    pub confirm_reset: &'static str,
    /// What ending does, before it is done.
    pub confirm_end: &'static str,
    /// Does nothing after all.
    pub cancel: &'static str,
    /// A step that has not begun.
    pub step_waiting: &'static str,
    /// A step that runs.
    pub step_running: &'static str,
    /// A step that is done.
    pub step_done: &'static str,
    /// A step that went wrong.
    pub step_failed: &'static str,
    /// An exercise that has not begun.
    pub ex_not_started: &'static str,
    /// Checks that hold, checks in all.
    pub ex_progress: fn(u32, u32) -> String,
    /// An exercise whose checks all hold.
    pub ex_passed: &'static str,
    /// The same, with the time.
    pub ex_passed_at: fn(&str) -> String,
    /// An exercise that was passed and no longer holds, with the time.
    pub ex_broken_at: fn(&str) -> String,
    /// Starts an exercise.
    pub ex_start: &'static str,
    /// Why an exercise is started.
    pub ex_start_hint: &'static str,
    /// Why nothing is checked yet.
    pub ex_needs_lab: &'static str,
    /// Said once when an exercise is passed, with its title.
    pub ex_announce: fn(&str) -> String,
    /// A check that holds.
    pub check_passed: &'static str,
    /// A check that does not hold yet.
    pub check_not_yet: &'static str,
    /// A check that held and does not now.
    pub check_broken: &'static str,
    /// A check that cannot be decided.
    pub check_unknown: &'static str,
    /// What a check asks for.
    pub expected: &'static str,
    /// What is there.
    pub found: &'static str,
    /// The likely cause.
    pub why: &'static str,
    /// Opens an object in the dock.
    pub show_object: &'static str,
    /// The step of doing.
    pub step_do: &'static str,
    /// The step of breaking.
    pub step_break: &'static str,
    /// The step of mending.
    pub step_fix: &'static str,
    /// Said after copying.
    pub copied: &'static str,
    /// A command that runs.
    pub command_running: &'static str,
    /// A command that ended well.
    pub command_ok: &'static str,
    /// A command that ended with a code.
    pub command_failed: fn(i32) -> String,
    /// Before the command at which a block stopped.
    pub block_stopped: &'static str,
    /// It stopped because the shell does not know the command.
    pub stopped_no_command: &'static str,
    /// It stopped because of Ctrl-C.
    pub stopped_by_key: &'static str,
    /// It stopped because the command failed with a code.
    pub stopped_code: fn(i32) -> String,
    /// It stopped because nobody saw how the command ended.
    pub stopped_unseen: &'static str,
    /// So many commands of a block have not been typed.
    pub left_out: fn(u32) -> String,
    /// Types them after all.
    pub run_rest: &'static str,
    /// Said when the browser does not let a page copy.
    pub not_copied: &'static str,
    /// The terminal's tab.
    pub terminal: &'static str,
    /// The tab of objects.
    pub objects: &'static str,
    /// The tab of the picture.
    pub architecture: &'static str,
    /// The lesson, in the bar of small screens.
    pub lesson: &'static str,
    /// Names the separator between lesson and dock.
    pub resize_dock: &'static str,
    /// Names the separator inside the dock.
    pub resize_split: &'static str,
    /// What the dock says without a lab.
    pub dock_empty: &'static str,
    /// What the dock says while the lab is being prepared.
    pub dock_preparing: &'static str,
    /// What the dock says after the lab.
    pub dock_ended: &'static str,
    /// A terminal's name, from its number.
    pub shell: fn(u32) -> String,
    /// Opens another terminal.
    pub shell_new: &'static str,
    /// Closes a terminal.
    pub shell_close: &'static str,
    /// Before the shell answers.
    pub shell_connecting: &'static str,
    /// When the line was cut.
    pub shell_reconnecting: &'static str,
    /// After the shell has ended.
    pub shell_ended: &'static str,
    /// Opens the shell again.
    pub shell_restart: &'static str,
    /// How to leave the terminal by keyboard.
    pub shell_leave: &'static str,
    /// Finds text in the terminal.
    pub shell_find: &'static str,
    /// Switches the terminal's screen-reader mode.
    pub shell_reader: &'static str,
    /// A plane without workloads.
    pub no_workload: &'static str,
    /// A namespace without objects.
    pub nothing_here: &'static str,
    /// Column: kind.
    pub kind: &'static str,
    /// Column: name.
    pub name: &'static str,
    /// Column: state.
    pub state: &'static str,
    /// Column: the command that shows an object.
    pub command: &'static str,
    /// Copies that command.
    pub copy_command: &'static str,
    /// Shows the picture as a table.
    pub as_table: &'static str,
    /// Shows the table as a picture.
    pub as_picture: &'static str,
    /// Describes the picture: objects of the control plane, of the data plane.
    pub picture_about: fn(u32, u32) -> String,
    /// An object in good state.
    pub healthy: &'static str,
    /// An object in bad state.
    pub unhealthy: &'static str,
    /// Objects that the picture leaves out.
    pub more: fn(u32) -> String,
    /// The page has lost the server.
    pub reconnecting: &'static str,
    /// Before the instructor's words.
    pub announcement: &'static str,
    /// Closes a message.
    pub dismiss: &'static str,
    /// When a request went wrong without an explanation.
    pub failed: &'static str,
    /// Asks the instructor for help.
    pub help_raise: &'static str,
    /// The hand is up.
    pub help_up: &'static str,
    /// What raising a hand does.
    pub help_hint: &'static str,
    /// Names the field for what help is wanted with.
    pub help_note: &'static str,
    /// Since when the hand is up.
    pub help_since: fn(&str) -> String,
    /// Takes the hand down.
    pub help_lower: &'static str,
    /// Brings the lab to the start of this exercise.
    pub catch_up: &'static str,
    /// Title of the preview of catching up, with the exercise.
    pub plan_catch_up: fn(&str) -> String,
    /// Title of the preview of a reset.
    pub plan_reset: &'static str,
    /// While the preview is made.
    pub plan_reading: &'static str,
    /// Heading of what goes.
    pub plan_removes: &'static str,
    /// When nothing goes.
    pub plan_removes_none: &'static str,
    /// Heading of the exercises that are done for the learner.
    pub plan_solves: &'static str,
    /// While it is done.
    pub plan_working: &'static str,
    /// Back from one object to all.
    pub all_objects: &'static str,
    /// Before the owners of an object.
    pub owned_by: &'static str,
    /// The events of an object.
    pub events: &'static str,
    /// No events are kept for it.
    pub events_none: &'static str,
    /// How often it happened.
    pub times: fn(u32) -> String,
    /// Values of a Secret are left out.
    pub redacted: &'static str,
    /// Copies the YAML.
    pub copy_yaml: &'static str,
    /// What an arrow of the picture means.
    pub key_routes: &'static str,
    /// What a dashed arrow means.
    pub key_closed: &'static str,
    /// What a plain line means.
    pub key_owns: &'static str,
    /// Column of what an object leads to.
    pub leads_to: &'static str,
    /// The object that was shown does not exist any more.
    pub gone: &'static str,
}
