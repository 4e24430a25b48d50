//! The words that only pages use.

/// The words that only pages use.
#[derive(Debug)]
pub struct PageTexts {
    /// What Hangar is, in one line.
    pub product: &'static str,
    /// Leads past the bars.
    pub skip: &'static str,
    /// The course.
    pub course: &'static str,
    /// Names the rail.
    pub course_rail: &'static str,
    /// Names the way from the course to this page.
    pub crumbs: &'static str,
    /// The learner's own page.
    pub me: &'static str,
    /// The instructor's pages.
    pub teach: &'static str,
    /// Names the choice of language.
    pub language: &'static str,
    /// Names the menu of small screens: language, theme, oneself.
    pub settings: &'static str,
    /// Names the choice of theme.
    pub theme: &'static str,
    /// As the system.
    pub theme_auto: &'static str,
    /// Light.
    pub theme_light: &'static str,
    /// Dark.
    pub theme_dark: &'static str,
    /// How long something takes.
    pub minutes: fn(u32) -> String,
    /// How many exercises.
    pub exercises: fn(u32) -> String,
    /// Before the lessons to have read.
    pub builds_on: &'static str,
    /// Before the objectives.
    pub objectives: &'static str,
    /// Before an exercise's number.
    pub exercise: &'static str,
    /// Names the list of headings.
    pub on_this_page: &'static str,
    /// Before the next lesson.
    pub next: &'static str,
    /// Before the lesson before.
    pub previous: &'static str,
    /// After the last lesson that is written.
    pub course_end: &'static str,
    /// A lesson that is still to be written.
    pub announced: &'static str,
    /// A hint's number, of how many.
    pub hint: fn(u32, u32) -> String,
    /// Opens the reference solution.
    pub solution: &'static str,
    /// What the solution is.
    pub solution_about: &'static str,
    /// Before a file's name.
    pub file: &'static str,
    /// What one sees.
    pub output: &'static str,
    /// Title of a note.
    pub note: &'static str,
    /// Title of a tip.
    pub tip: &'static str,
    /// Title of a caution.
    pub caution: &'static str,
    /// Title of a note about Amazon EKS.
    pub eks: &'static str,
    /// What needs a script, and what works without.
    pub no_script: &'static str,
    /// Before the lesson to go on with.
    pub continue_at: &'static str,
    /// Begins the course.
    pub begin: &'static str,
    /// Greets the learner.
    pub hello: fn(&str) -> String,
    /// What the course is, under its title.
    pub course_lede: &'static str,
    /// How it works, three short facts: the first.
    pub course_how: &'static str,
    /// Its text.
    pub course_how_text: &'static str,
    /// The second.
    pub course_lab: &'static str,
    /// Its text.
    pub course_lab_text: &'static str,
    /// The third.
    pub course_yours: &'static str,
    /// Its text.
    pub course_yours_text: &'static str,
    /// Before the lessons that one needs.
    pub needs_lessons: &'static str,
    /// Title of the join page.
    pub join_title: &'static str,
    /// What joining means.
    pub join_lede: &'static str,
    /// The class that one is about to join.
    pub join_class: fn(&str) -> String,
    /// The class's code.
    pub code: &'static str,
    /// Where the code comes from.
    pub code_hint: &'static str,
    /// What to type as the code without an instructor, where the class is there that is open to everyone.
    pub code_alone: &'static str,
    /// The learner's name.
    pub your_name: &'static str,
    /// Who sees the name.
    pub name_hint: &'static str,
    /// Joins.
    pub join: &'static str,
    /// Leads to another code.
    pub join_other: &'static str,
    /// Title of the learner's page.
    pub me_title: &'static str,
    /// In which class.
    pub me_lede: fn(&str) -> String,
    /// Before the time of joining.
    pub joined: &'static str,
    /// Before the cluster's name.
    pub cluster: &'static str,
    /// Heading of what is proven.
    pub proven: &'static str,
    /// When nothing is proven yet.
    pub proven_none: &'static str,
    /// Column: when.
    pub proven_at: &'static str,
    /// Heading of the certificate.
    pub certificate: &'static str,
    /// What the certificate says: name, proven, in all.
    pub certificate_text: fn(&str, u32, u32) -> String,
    /// Prints it.
    pub certificate_print: &'static str,
    /// How to print.
    pub certificate_hint: &'static str,
    /// Heading: work from one's own terminal.
    pub own_terminal: &'static str,
    /// What the kubeconfig is for.
    pub own_terminal_text: &'static str,
    /// When there is no lab.
    pub own_terminal_none: &'static str,
    /// Ends the session in this browser.
    pub leave: &'static str,
    /// What leaving does.
    pub leave_text: &'static str,
    /// Deletes everything.
    pub delete: &'static str,
    /// What deleting does.
    pub delete_text: &'static str,
    /// The box to tick before deleting.
    pub delete_confirm: &'static str,
    /// Title and button of signing in.
    pub sign_in: &'static str,
    /// Why there is a button.
    pub sign_in_text: &'static str,
    /// The one-time token.
    pub token: &'static str,
    /// Where it comes from.
    pub token_hint: &'static str,
    /// The classes.
    pub classes: &'static str,
    /// When there is none.
    pub classes_none: &'static str,
    /// Heading and button of a new class.
    pub class_new: &'static str,
    /// Its name.
    pub class_name: &'static str,
    /// Its language.
    pub class_language: &'static str,
    /// Its seats.
    pub class_seats: &'static str,
    /// When it starts.
    pub class_starts: &'static str,
    /// When it ends.
    pub class_ends: &'static str,
    /// Says that times are UTC.
    pub utc: &'static str,
    /// Without an end.
    pub class_open: &'static str,
    /// Learners, seats if they are counted.
    pub taken: fn(u32, Option<u32>) -> String,
    /// The code, large.
    pub class_code: &'static str,
    /// What learners do with it.
    pub class_code_text: &'static str,
    /// Shows the code.
    pub class_show: &'static str,
    /// Before a start.
    pub from: &'static str,
    /// Before an end.
    pub until: &'static str,
    /// Title of an error page, from the status.
    pub error_title: fn(u32) -> String,
    /// Leads to the course.
    pub error_home: &'static str,
    /// Leads to the classes.
    pub error_back: &'static str,
    /// Leads to the learner's own page.
    pub error_me: &'static str,
    /// Says something to the class.
    pub announce: &'static str,
    /// Who reads an announcement.
    pub announce_about: &'static str,
    /// Names the field for an announcement.
    pub announce_text: &'static str,
    /// Ends the session of an instructor in this browser.
    pub sign_out: &'static str,
    /// Types a block into the terminal.
    pub run: &'static str,
    /// Copies.
    pub copy: &'static str,
    /// Column: learner.
    pub learner: &'static str,
    /// Column and order: who needs help.
    pub needs_help: &'static str,
    /// Order: by name.
    pub by_name: &'static str,
    /// Order: by progress.
    pub by_progress: &'static str,
    /// Names the choice of order.
    pub sort: &'static str,
    /// A cell: not begun.
    pub cell_empty: &'static str,
    /// A cell: checks that hold, checks in all.
    pub cell_working: fn(u32, u32) -> String,
    /// A cell: passed.
    pub cell_passed: &'static str,
    /// A cell: broken again.
    pub cell_broken: &'static str,
    /// A cell: stuck.
    pub cell_stuck: &'static str,
    /// A class without learners.
    pub grid_empty: &'static str,
    /// Heading of the failing reasons.
    pub stuck: &'static str,
    /// When nobody is stuck.
    pub stuck_none: &'static str,
    /// For how many minutes.
    pub stuck_for: fn(u32) -> String,
    /// Lets a learner's lab live longer.
    pub extend: &'static str,
    /// Ends a learner's lab.
    pub end: &'static str,
    /// Asks before ending a learner's lab, with her name.
    pub end_confirm: fn(&str) -> String,
    /// Learners here, seats if they are counted.
    pub facts_learners: fn(u32, Option<u32>) -> String,
    /// Labs that are ready.
    pub facts_labs: fn(u32) -> String,
    /// Share of exercises proven.
    pub facts_proven: &'static str,
    /// How many need help.
    pub facts_help: fn(u32) -> String,
    /// Opens the preview of a reset.
    pub reset_short: &'static str,
    /// The row with how many have proven each exercise.
    pub totals: &'static str,
    /// Says something to exactly these learners.
    pub tell_these: fn(u32) -> String,
    /// Names the field for a hint to some.
    pub tell_hint: &'static str,
    /// Sends words.
    pub send: &'static str,
    /// The words have been sent.
    pub sent: &'static str,
    /// An action of the instructor did not work.
    pub refused: &'static str,
    /// A hand that is up, with the minutes.
    pub hand_up: fn(u32) -> String,
    /// How many hands are up.
    pub facts_hands: fn(u32) -> String,
    /// Lowers the hand of a learner who has been helped.
    pub hand_done: &'static str,
}
