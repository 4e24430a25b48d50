//! A person at the terminal: keys in, screen out, in virtual time.

mod common;

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::{ProptestConfig, any, prop, proptest};
use tokio::time::{Instant, timeout};
use toolshed::{Attachment, Size, Toolbox};

const SIZE: Size = Size { columns: 80, rows: 24 };

/// A browser's terminal: it remembers what it was shown.
struct Person {
    terminal: Attachment,
    seen: String,
    /// A toolbox ends its sessions when nobody holds it any more.
    _toolbox: Arc<Toolbox>,
}

impl Person {
    fn sits_down(toolbox: &Arc<Toolbox>) -> Self {
        let terminal = toolbox.attach("main", SIZE);
        Self { terminal, seen: String::new(), _toolbox: Arc::clone(toolbox) }
    }

    async fn types(&self, keys: &str) {
        let typed = self.terminal.input.send(keys.to_owned().into()).await;
        typed.expect("the session runs");
    }

    /// Reads until a text was shown.
    async fn sees(&mut self, wanted: &str) {
        let found = timeout(Duration::from_secs(20), async {
            // What was looked through once is not looked through again: a flood is long.
            let mut from = 0;
            loop {
                if let Some(at) = self.seen[from..].find(wanted) {
                    return Some(from + at + wanted.len());
                }
                let kept = self.seen.len().saturating_sub(wanted.len());
                from = self.seen.floor_char_boundary(kept);
                let bytes = self.terminal.output.recv().await?;
                self.seen.push_str(&String::from_utf8_lossy(&bytes));
            }
        });
        let Ok(Some(end)) = found.await else {
            panic!("wanted {wanted:?}, saw {:.3000?}", self.seen)
        };
        self.seen.drain(..end);
    }

    /// Reads what comes within a moment and returns the screen's text.
    async fn screen(&mut self) -> String {
        let cells = |number: u16| std::num::NonZeroU16::new(number).expect("a size above 0");
        let mut parser = vt100::Parser::new(cells(24), cells(80), 0);
        parser.process(self.seen.as_bytes());
        while let Ok(Some(bytes)) =
            timeout(Duration::from_secs(1), self.terminal.output.recv()).await
        {
            parser.process(&bytes);
        }
        parser.screen().contents().trim_end().to_owned()
    }
}

#[tokio::test(start_paused = true)]
async fn a_command_is_marked_from_prompt_to_exit_code() {
    let mut person = Person::sits_down(&common::toolbox());
    person.sees("Welcome\r\n").await;
    person.sees("\x1b]133;B\x07").await;

    person.types("ls labs; false\r").await;

    person.sees("\x1b]133;C;cmdline_url=ls%20labs%3B%20false\x07").await;
    person.sees("echo.yaml\r\n").await;
    person.sees("\x1b]133;D;1\x07").await;
    person.sees("\x1b]133;A\x07").await;
}

#[tokio::test(start_paused = true)]
async fn a_pasted_block_runs_command_by_command() {
    let mut person = Person::sits_down(&common::toolbox());

    person.types("\x1b[200~cat <<'E' > a\none\nE\ncat a\nfalse\x1b[201~\r").await;

    person.sees("\x1b]133;D;0\x07").await;
    person.sees("cmdline_url=cat%20a\x07one\r\n\x1b]133;D;0\x07").await;
    person.sees("\x1b]133;D;1\x07").await;
}

#[tokio::test(start_paused = true)]
async fn the_line_can_be_edited_and_recalled() {
    let mut person = Person::sits_down(&common::toolbox());

    person.types("echo wrld\x1b[D\x1b[D\x1b[Do\r").await;
    person.sees("\x07world\r\n").await;
    person.types("\x1b[A\x01\x0b\x19 \u{e9}\x7f!\r").await;
    person.sees("\x07world !\r\n").await;
    person.types("\x12wor\r").await;

    person.sees("echo world").await;
}

#[tokio::test(start_paused = true)]
async fn tab_completes_commands_files_and_variables() {
    let mut person = Person::sits_down(&common::toolbox());

    person.types("base6\tlabs/e\t | head -c 4; echo $CP_\t\r").await;

    person.sees("\x07a2luada-cp\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn control_c_stops_anything_within_200_milliseconds() {
    for command in ["sleep 1000", "cat"] {
        let mut person = Person::sits_down(&common::toolbox());
        person.sees("$ ").await;
        person.types(&format!("{command}\r")).await;
        person.sees("133;C;").await;
        let reading = tokio::spawn(async move {
            let _ = timeout(Duration::from_millis(20), async {
                while person.terminal.output.recv().await.is_some() {}
            })
            .await;
            person
        });
        let mut person = reading.await.unwrap();

        let pressed = Instant::now();
        person.types("\x03").await;
        person.sees("^C\r\n").await;

        assert!(
            pressed.elapsed() <= Duration::from_millis(200),
            "{command}: {:?}",
            pressed.elapsed()
        );
        person.sees("\x1b]133;D;130\x07").await;
    }
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_sees_the_same_screen() {
    let toolbox = common::toolbox();
    let mut first = Person::sits_down(&toolbox);
    first.types("seq 100; printf '\\033[31mred\\033[m\\n'; echo unfinished").await;
    first.types("\recho half").await;
    let before = first.screen().await;
    drop(first);

    let mut second = Person::sits_down(&toolbox);
    let after = second.screen().await;

    assert_eq!(after, before);
    assert!(after.contains("\n100\nred\nunfinished\n"), "{after}");
    let mut third = Person::sits_down(&toolbox);
    third.sees("\r\n42\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn a_viewer_that_does_not_read_stops_nobody() {
    let toolbox = common::toolbox();
    let stuck = toolbox.attach("main", SIZE);
    let mut person = Person::sits_down(&toolbox);

    person.types("seq 20000 | tail -n 20000; echo finished\r").await;

    timeout(Duration::from_mins(1), person.sees("\r\nfinished\r\n")).await.unwrap();
    drop(stuck);
}

#[tokio::test(start_paused = true)]
async fn what_is_typed_ahead_is_read_by_the_command_or_becomes_the_next() {
    let mut person = Person::sits_down(&common::toolbox());
    person.sees("$ ").await;

    person.types("sleep 1; read x\rline\recho got $x\r").await;

    person.sees("\x07got line\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn a_session_ends_with_exit_and_the_next_is_new() {
    let toolbox = common::toolbox();
    let mut person = Person::sits_down(&toolbox);
    person.types("x=1\rexit 3\r").await;

    assert_eq!(person.terminal.ended().await, 3);
    let mut next = Person::sits_down(&toolbox);
    next.types("echo [$x]\r").await;

    next.sees("\x07[]\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn background_jobs_report_and_die_by_kill() {
    let mut person = Person::sits_down(&common::toolbox());

    person.types("sleep 100 & \rjobs\rkill %1\r\recho after\r").await;

    person.sees("[1] ").await;
    person.sees("[1]+  Running                 sleep 100 &").await;
    person.sees("Terminated").await;
}

#[tokio::test(start_paused = true)]
async fn an_endless_here_document_is_refused() {
    let mut person = Person::sits_down(&common::toolbox());
    person.types("cat <<E > big\r").await;
    let line = "x".repeat(65_535) + "\r";

    let reader = tokio::spawn({
        let input = person.terminal.input.clone();
        async move {
            for _ in 0..20 {
                input.send(line.clone().into()).await.unwrap();
            }
            input.send("E\recho alive\r".into()).await.unwrap();
        }
    });

    person.sees("command too long: the limit is 1 MiB").await;
    person.sees("\x07alive\r\n").await;
    reader.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn escapes_in_file_names_are_shown_harmlessly() {
    let toolbox = common::toolbox();

    let outcome = toolbox.run("touch $'/tmp/a\\033[31mb'; ls /tmp", bytes::Bytes::new()).await;

    assert_eq!(String::from_utf8_lossy(&outcome.stdout), "a?[31mb\n");
}

#[tokio::test(start_paused = true)]
async fn mistakes_are_worded_as_bash_words_them() {
    let toolbox = common::toolbox();
    let cases = [
        ("nope", "bash: nope: command not found\n", 127),
        ("cat nope", "cat: nope: No such file or directory\n", 1),
        ("ls -Q", "ls: invalid option -- 'Q'\nTry 'ls --help' for more information.\n", 2),
        ("echo 'open", "bash: line 1: unexpected EOF while looking for matching `''\n", 2),
        ("echo )", "bash: line 1: syntax error near unexpected token `)'\n", 2),
        ("helm list", "helm: comes with a later lesson", 127),
        ("f() { f; }; f", "maximum function nesting level exceeded", 1),
        ("echo hi > /etc/x", "bash: /etc/x: Permission denied\n", 1),
        ("cd /nope", "bash: cd: /nope: No such file or directory\n", 1),
        ("set -e; declare -A m; m[a]=1; echo no", "bash: declare: -A: arrays by key are not", 1),
        ("declare -A m=([a]=1); echo no", "bash: declare: -A: arrays by key are not", 1),
        ("f() { local -A m; }; f; echo no", "bash: local: -A: arrays by key are not", 1),
        ("awk '{print $1}'", "awk: not available here; use cut, sed, grep, jq or", 127),
    ];
    for (script, message, code) in cases {
        let outcome = toolbox.run(script, bytes::Bytes::new()).await;
        let stderr = String::from_utf8_lossy(&outcome.stderr).into_owned();

        assert!(stderr.contains(message), "{script}: {stderr}");
        assert_eq!(outcome.code, code, "{script}: {stderr}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_break_a_session(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let toolbox = common::toolbox();
            let person = toolbox.attach("main", SIZE);
            person.input.send(bytes.into()).await.unwrap();
            tokio::time::sleep(Duration::from_secs(5)).await;
            assert!(!person.input.is_closed() || person.exit_code().is_some());
        });
    }

    #[test]
    fn no_text_breaks_the_shell(text in r#"[a-c $(){}|&;<>"'\\`\n*?\[\]=#!~%:/0-9-]{0,60}"#) {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let toolbox = common::toolbox();
            let run = toolbox.run(&text, bytes::Bytes::new());
            let _ = timeout(Duration::from_secs(10), run).await;
        });
    }
}

#[tokio::test]
async fn control_c_stops_commands_that_never_rest() {
    for command in ["while :; do :; done", "yes > /dev/null", "yes"] {
        let mut person = Person::sits_down(&common::toolbox());
        person.sees("$ ").await;
        person.types(&format!("{command}\r")).await;
        person.sees("133;C;").await;
        let busy = async { while person.terminal.output.recv().await.is_some() {} };
        let _ = timeout(Duration::from_millis(300), busy).await;

        person.types("\x03").await;

        person.sees("^C\r\n").await;
        person.sees("\x1b]133;D;130\x07").await;
    }
}

#[tokio::test(start_paused = true)]
async fn nano_edits_a_file_on_a_screen_of_its_own() {
    let toolbox = common::toolbox();
    let mut person = Person::sits_down(&toolbox);
    person.types("nano labs/echo.yaml\r").await;
    person.sees("Read 1 line").await;

    person.types("\x1b[F\rmetadata:\r  name: \u{e9}cho\r").await;
    person.types("\x1b[200~spec: {}\n\x1b[201~\x0b\x15").await;
    person.sees("Modified").await;
    person.types("\x03").await;
    person.sees("[ line 6/6").await;
    person.types("\x18y\r").await;

    person.sees("\x1b[?1049l").await;
    person.sees("133;D;0").await;
    let written = toolbox.files().read("/home/learner/labs/echo.yaml").unwrap();
    assert_eq!(
        String::from_utf8_lossy(&written),
        "kind: Pod\nmetadata:\n  name: \u{e9}cho\n  spec: {}\n\n"
    );
}

#[tokio::test(start_paused = true)]
async fn who_asks_for_vi_gets_nano_and_is_told() {
    let mut person = Person::sits_down(&common::toolbox());

    person.types("vi labs/echo.yaml\r").await;
    person.sees("this is nano: ^S saves, ^X leaves").await;
    person.types("\x18").await;

    person.sees("133;D;0").await;
}

#[tokio::test(start_paused = true)]
async fn the_first_lines_of_a_cheat_sheet_work() {
    let toolbox = common::toolbox();

    let script = "source <(kubectl completion bash)\nalias k=kubectl\nk completion bash";
    let outcome = toolbox.run(script, bytes::Bytes::new()).await;

    let stdout = String::from_utf8_lossy(&outcome.stdout);
    assert_eq!((outcome.code, stdout.contains("press Tab")), (0, true), "{outcome:?}");
}

#[tokio::test(start_paused = true)]
async fn nano_asks_before_it_forgets() {
    let toolbox = common::toolbox();
    let mut person = Person::sits_down(&toolbox);
    person.types("nano /etc/new\r").await;
    person.sees("New File").await;

    person.types("x\x18").await;
    person.sees("Save modified buffer?").await;
    person.types("y\r").await;
    person.sees("Error writing /etc/new: Permission denied").await;
    person.types("\x18n").await;

    person.sees("133;D;0").await;
    assert!(toolbox.files().read("/etc/new").is_none());
}

#[tokio::test(start_paused = true)]
async fn nano_follows_the_size_of_the_terminal() {
    let mut person = Person::sits_down(&common::toolbox());
    person.types("seq 100 > n; nano n\r").await;
    person.sees("\x1b[21;1H\x1b[K20").await;

    person.terminal.resize(Size { columns: 60, rows: 40 }).await;

    person.sees("\x1b[37;1H\x1b[K36").await;
    person.types("\x1776\r").await;
    person.sees("\x1b[K76\x1b[").await;
    person.types("\x18").await;
    person.sees("133;D;0").await;
}

#[tokio::test(start_paused = true)]
async fn a_shell_within_the_shell_ends_with_exit() {
    let mut person = Person::sits_down(&common::toolbox());

    person.types("x=outer; export y=seen; bash\r").await;
    person.sees("toolbox:~ $ ").await;
    person.types("echo [$x] $y; sleep 100\r").await;
    person.sees("\r\n[] seen\r").await;
    person.types("\x03").await;
    person.sees("^C").await;
    person.types("exit 4\r").await;
    person.sees("133;D;4").await;
    person.types("echo back in the $x\r").await;

    person.sees("\x07back in the outer\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn history_is_expanded_and_shown_before_it_runs() {
    let mut person = Person::sits_down(&common::toolbox());

    person.types("echo one two\r").await;
    person.sees("\x07one two\r\n").await;
    person.types("echo !$\r").await;
    person.sees("echo two\r\n").await;
    person.sees("\x07two\r\n").await;
    person.types("!nope\r").await;
    person.sees("bash: !nope: event not found\r\n").await;
    person.types("echo \x1b.\r").await;

    person.sees("\x07two\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn rm_asks_where_it_was_told_to() {
    let toolbox = common::toolbox();
    let mut person = Person::sits_down(&toolbox);
    person.types("touch a; echo x > b\rrm -i a b\r").await;

    person.sees("rm: remove regular empty file 'a'? ").await;
    person.types("n\r").await;
    person.sees("rm: remove regular file 'b'? ").await;
    person.types("y\r").await;
    person.sees("133;D;0").await;
    person.types("cp -i labs/echo.yaml a\rn\r").await;
    person.sees("cp: overwrite 'a'? ").await;

    person.types("wc -c a; ls b\r").await;
    person.sees("\x070 a\r\n").await;
    person.sees("cannot access 'b'").await;
}
