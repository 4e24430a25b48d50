//! The proof of one exercise from one language's page.

use std::collections::BTreeMap;

use curriculum::markdown::walk;
use curriculum::{
    Block, Check, CheckId, Code, CodeUse, Course, Exercise, Finding, Language, Lesson, Verdict,
};

use super::bench::{BUSY, Bench, Lab, PATIENCE};
use crate::typing::{self, Command, End, Unexpected};

/// What a page asks its reader to do, in order.
enum Act<'a> {
    /// Type a block.
    Type(Typed<'a>),
    /// Meet the card, and press *Start*.
    Start { line: usize },
}

/// A block that is typed.
struct Typed<'a> {
    commands: Vec<Command>,
    step: &'a str,
    /// Where its commands are written.
    file: &'a str,
    /// The line before the first of them; none for a solution, which is looked for in its file.
    before: Option<usize>,
    /// The line of the block on the page.
    line: usize,
}

impl Typed<'_> {
    fn finding(&self, course: &Course, found: &Unexpected<'_>) -> Finding {
        let in_solution = || course.line(self.file, "solution:", first_line(&found.command.text));
        let line = self.before.map_or_else(in_solution, |before| before + 1 + found.command.line);
        Finding::at(self.file, line, words(found))
    }
}

/// The first line of some commands: what they are called by, and found by in their file.
fn first_line(commands: &str) -> &str {
    commands.trim().lines().next().unwrap_or_default()
}

/// Proves an exercise; the finding says where and why it cannot be done as the page says.
pub(super) async fn prove(
    bench: &Bench,
    lesson: &Lesson,
    exercise: &Exercise,
    language: Language,
) -> Result<(), Finding> {
    let proof = Proof { bench, lesson, exercise, language };
    let made = bench.lab(language).await;
    let mut lab = made.map_err(|error| proof.at(0, format!("{error:#}")))?;
    for id in &exercise.after {
        let found = bench.course.exercises().find(|(_, one)| one.id == *id);
        let Some((lesson, earlier)) = found else { continue };
        let before = Proof { bench, lesson, exercise: earlier, language };
        before.is_done(&mut lab).await.map_err(|finding| Finding {
            message: format!(
                "`{}` builds on `{id}`, which cannot be done: {}",
                exercise.id, finding.message
            ),
            ..finding
        })?;
        lab.put_away();
    }
    proof.is_red_at_first(&lab).await?;
    proof.is_done(&mut lab).await?;
    for sabotage in &exercise.sabotage {
        proof.sabotage(&lab, sabotage).await?;
    }
    Ok(())
}

/// What is wrong about a command that did not end as it was meant to, and what to do.
fn words(found: &Unexpected<'_>) -> String {
    let Command { text, number, .. } = found.command;
    let wrong = match found.end {
        End::Failed(code) => format!(
            "`{text}` ends with exit code {code}: mend it, or write fails={number} at the fence if that is the point"
        ),
        End::Unknown => format!("`{text}` asks for a command that the lab does not have"),
        End::Succeeded => {
            format!("`{text}` ends well, although the fence says fails={number}: take that away")
        }
        End::Never => format!("`{text}` does not end: the shell ended before it"),
        End::TimeUp => format!(
            "`{text}` still runs when the {} minutes are over that a block has in the lab's time: bound it (--timeout), or see what it waits for",
            PATIENCE.as_secs() / 60
        ),
        End::Busy => format!(
            "`{text}` keeps the machine busy for {} seconds and does not end: let its loop wait (sleep 1), and bound it",
            BUSY.as_secs()
        ),
    };
    if found.output.is_empty() {
        return format!("{wrong}; it shows nothing");
    }
    format!("{wrong}; it shows at last:\n    {}", found.output.replace('\n', "\n    "))
}

struct Proof<'a> {
    bench: &'a Bench,
    lesson: &'a Lesson,
    exercise: &'a Exercise,
    language: Language,
}

impl<'a> Proof<'a> {
    /// A finding on the page.
    fn at(&self, line: usize, message: impl Into<String>) -> Finding {
        Finding::at(&self.lesson.page(self.language).file, line, message)
    }

    fn first_step(&self) -> &'a str {
        self.exercise.steps.first().map_or("do", String::as_str)
    }

    fn last_step(&self) -> &'a str {
        self.exercise.steps.last().map_or("do", String::as_str)
    }

    fn checks(&self, step: &str) -> Vec<&'a Check> {
        self.exercise.checks.iter().filter(|check| check.step == step).collect()
    }

    fn acts(&self) -> Result<Vec<Act<'a>>, Finding> {
        let mut acts = Vec::new();
        let mut solved = Vec::new();
        walk(&self.lesson.page(self.language).blocks, &mut |block| match block {
            Block::Exercise { id, line } if *id == self.exercise.id => {
                acts.push(Ok(Act::Start { line: *line }));
            }
            Block::Code(code) => acts.extend(self.typed(code, &mut solved)),
            Block::Html(_)
            | Block::Admonition { .. }
            | Block::Figure { .. }
            | Block::Exercise { .. } => {}
        });
        acts.into_iter().collect()
    }

    /// What is typed for a block of this exercise.
    fn typed(&self, code: &'a Code, solved: &mut Vec<&'a str>) -> Option<Result<Act<'a>, Finding>> {
        let CodeUse::Run { exercise, step, fails } = &code.purpose else { return None };
        if *exercise != self.exercise.id {
            return None;
        }
        let step = step.as_deref().unwrap_or(self.first_step());
        if let Some(solution) = self.exercise.solution.get(step) {
            // The page shows blanks: the whole solution is typed at the first of them.
            let first = !solved.contains(&step);
            solved.push(step);
            let (commands, file) = (typing::succeeding(solution), self.exercise.file.as_str());
            let typed = Typed { commands, step, file, before: None, line: code.line };
            return first.then_some(Ok(Act::Type(typed)));
        }
        let file = &self.lesson.page(self.language).file;
        Some(match typing::commands(&code.text, fails) {
            Ok(commands) => {
                let before = Some(code.line);
                Ok(Act::Type(Typed { commands, step, file, before, line: code.line }))
            }
            Err(number) => {
                let message =
                    format!("the fence says fails={number}: the block has fewer commands");
                Err(self.at(code.line, message))
            }
        })
    }

    /// Does the exercise as its page says, and sees every step turn green.
    async fn is_done(&self, lab: &mut Lab<'_>) -> Result<(), Finding> {
        let (mut reached, mut last_line) = (self.first_step(), 0);
        let acts = self.acts()?;
        let last = acts.len() - 1;
        for (place, act) in acts.into_iter().enumerate() {
            match act {
                Act::Start { line } => {
                    last_line = last_line.max(line);
                    lab.start(self.exercise).map_err(|reason| {
                        let words = self.bench.course.messages.reason(self.language, &reason).text;
                        self.at(line, format!("*Start* is refused here: {words}"))
                    })?;
                    if place < last {
                        self.is_red_after_start(lab).await?;
                    }
                }
                Act::Type(typed) => {
                    if typed.step != reached {
                        self.turns_green(lab, reached, typed.line).await?;
                        reached = typed.step;
                    }
                    last_line = typed.line;
                    self.types(lab, &typed).await?;
                }
            }
        }
        self.turns_green(lab, self.last_step(), last_line).await
    }

    async fn types(&self, lab: &Lab<'_>, typed: &Typed<'_>) -> Result<(), Finding> {
        let ended = lab.run(&typed.commands).await;
        let unexpected = ended.map_err(|error| self.at(typed.line, format!("{error:#}")))?;
        unexpected.map_or(Ok(()), |found| Err(typed.finding(&self.bench.course, &found)))
    }

    /// What holds before anything was done proves nothing.
    async fn is_red_at_first(&self, lab: &Lab<'_>) -> Result<(), Finding> {
        self.is_red(lab, self.exercise.checks.iter().collect(), "before anything is done").await
    }

    /// Before *Start* a check of the baseline cannot hold; what matters is that it does not hold by *Start* alone.
    async fn is_red_after_start(&self, lab: &Lab<'_>) -> Result<(), Finding> {
        let checks = self.exercise.checks.iter().filter(|check| check.that.mentions("baseline"));
        self.is_red(lab, checks.collect(), "right after *Start*").await
    }

    async fn is_red(
        &self,
        lab: &Lab<'_>,
        checks: Vec<&'a Check>,
        when: &str,
    ) -> Result<(), Finding> {
        let all: Vec<&CheckId> = checks.iter().map(|check| &check.id).collect();
        lab.settle(&checks, &all).await.map_err(|verdicts| {
            let holds = verdicts.iter().filter(|(_, verdict)| **verdict == Verdict::Passed);
            let ids: Vec<String> = holds.map(|(id, _)| format!("`{id}`")).collect();
            let message = format!(
                "{} must be red {when}, and holds: it proves nothing",
                if ids.is_empty() { "a check".to_owned() } else { ids.join(", ") }
            );
            let first = verdicts.iter().find(|(_, verdict)| **verdict == Verdict::Passed);
            let near = first.map_or_else(String::new, |(id, _)| format!("id: {id}"));
            let line = self.bench.course.line(&self.exercise.file, "checks:", &near);
            Finding::at(&self.exercise.file, line, message)
        })
    }

    async fn turns_green(&self, lab: &Lab<'_>, step: &str, line: usize) -> Result<(), Finding> {
        let checks = self.checks(step);
        lab.settle(&checks, &[]).await.map_err(|verdicts| {
            self.at(line, format!("step `{step}` never turns green: {}", self.words(&verdicts)))
        })
    }

    async fn sabotage(
        &self,
        lab: &Lab<'_>,
        sabotage: &curriculum::Sabotage,
    ) -> Result<(), Finding> {
        let (file, page) = (&self.exercise.file, &self.lesson.page(self.language).file);
        let name = first_line(&sabotage.run);
        let near = |near: &str| self.bench.course.line(file, "sabotage:", near);
        let at = |message: String| Finding::at(file, near(name), message);
        let types = async |commands: &str| {
            let commands = typing::succeeding(commands);
            match lab.run(&commands).await {
                Ok(None) => Ok(()),
                Ok(Some(found)) => {
                    let line = near(first_line(&found.command.text));
                    let message = format!("the sabotage `{name}`: {}", words(&found));
                    Err(Finding::at(file, line, message))
                }
                Err(error) => Err(at(format!("the sabotage `{name}`: {error:#}"))),
            }
        };
        let checks = self.checks(self.last_step());
        let red: Vec<&CheckId> = sabotage.red.iter().collect();
        types(&sabotage.run).await?;
        lab.settle(&checks, &red).await.map_err(|verdicts| {
            let wanted: Vec<String> = red.iter().map(|id| format!("`{id}`")).collect();
            at(format!(
                "the sabotage `{name}` must turn {} red, and nothing else; after what {page} says it is so: {}",
                wanted.join(", "),
                self.words(&verdicts)
            ))
        })?;
        match &sabotage.repair {
            Some(repair) => types(repair).await?,
            None => self.repairs(lab).await.map_err(|finding| Finding {
                message: format!(
                    "typed once more to mend the sabotage `{name}`, which has no `repair:` of its own: {}",
                    finding.message
                ),
                ..finding
            })?,
        }
        lab.settle(&checks, &[]).await.map_err(|verdicts| {
            at(format!(
                "after the sabotage `{name}` it cannot be mended as {page} says (give it a `repair:`): {}",
                self.words(&verdicts)
            ))
        })
    }

    /// Types the last step's blocks once more.
    async fn repairs(&self, lab: &Lab<'_>) -> Result<(), Finding> {
        for act in self.acts()? {
            if let Act::Type(typed) = act
                && typed.step == self.last_step()
            {
                self.types(lab, &typed).await?;
            }
        }
        Ok(())
    }

    /// What each check says, in words.
    fn words(&self, verdicts: &BTreeMap<&CheckId, Verdict>) -> String {
        let words = verdicts.iter().map(|(id, verdict)| match verdict {
            Verdict::Passed => format!("`{id}` holds"),
            Verdict::NotYet(reason) | Verdict::Unknown(reason) => {
                let worded = self.bench.course.messages.reason(self.language, reason);
                let cause = worded.cause.map(|cause| format!(" ({cause})")).unwrap_or_default();
                format!("`{id}`: {}{cause}", worded.text)
            }
        });
        words.collect::<Vec<_>>().join("; ")
    }
}
