//! The proof of one exercise from one language's page.

use std::collections::BTreeMap;

use curriculum::markdown::walk;
use curriculum::{Block, Check, CheckId, CodeUse, Exercise, Finding, Language, Lesson, Verdict};

use super::bench::{Bench, Lab};

/// What a page asks its reader to do, in order.
enum Act<'a> {
    /// Type a block.
    Type { commands: String, step: &'a str, line: usize },
    /// Meet the card, and press *Start*.
    Start { line: usize },
}

/// Proves an exercise; the finding says where and why it cannot be done as the page says.
pub(super) async fn prove(
    bench: &Bench,
    lesson: &Lesson,
    exercise: &Exercise,
    language: Language,
) -> Result<(), Finding> {
    let file = lesson.page(language).file.clone();
    let at = |line: usize, message: String| Finding::at(&file, line, message);
    let mut lab = bench.lab(language).await.map_err(|error| at(0, format!("{error:#}")))?;
    before(bench, &lab, exercise, language).await.map_err(|message| at(0, message))?;
    let proof = Proof { bench, lesson, exercise, language };
    proof.is_red_at_first(&lab).map_err(|message| at(0, message))?;
    let mut reached = exercise.steps.first().map_or("do", String::as_str);
    for act in acts(lesson, exercise, language) {
        match act {
            Act::Start { line } => {
                lab.start(exercise).map_err(|reason| {
                    let words = bench.course.messages.reason(language, &reason).text;
                    at(line, format!("*Start* is refused here: {words}"))
                })?;
            }
            Act::Type { commands, step, line } => {
                if step != reached {
                    proof.turns_green(&lab, reached).await.map_err(|message| at(line, message))?;
                    reached = step;
                }
                lab.run(&commands).await.map_err(|error| at(line, format!("{error:#}")))?;
            }
        }
    }
    let last = proof.last_step();
    proof.turns_green(&lab, last).await.map_err(|message| at(0, message))?;
    for sabotage in &exercise.sabotage {
        proof
            .sabotage(&lab, sabotage)
            .await
            .map_err(|message| Finding::at(&exercise.file, 0, message))?;
    }
    Ok(())
}

/// Brings the lab to the state that the exercise starts from: the solutions of those before it.
async fn before(
    bench: &Bench,
    lab: &Lab<'_>,
    exercise: &Exercise,
    language: Language,
) -> Result<(), String> {
    for id in &exercise.after {
        let found = bench.course.exercises().find(|(_, one)| one.id == *id);
        let Some((lesson, earlier)) = found else { continue };
        for step in &earlier.steps {
            let commands = lesson.solution(earlier, step, language);
            lab.run(&commands).await.map_err(|error| format!("after `{id}`: {error:#}"))?;
        }
    }
    Ok(())
}

fn acts<'a>(lesson: &'a Lesson, exercise: &'a Exercise, language: Language) -> Vec<Act<'a>> {
    let first = exercise.steps.first().map_or("do", String::as_str);
    let mut acts = Vec::new();
    let mut solved = Vec::new();
    walk(&lesson.page(language).blocks, &mut |block| match block {
        Block::Exercise { id, line } if *id == exercise.id => acts.push(Act::Start { line: *line }),
        Block::Code(code) => {
            let CodeUse::Run { exercise: of, step } = &code.purpose else { return };
            if *of != exercise.id {
                return;
            }
            let step = step.as_deref().unwrap_or(first);
            let commands = match exercise.solution.get(step) {
                // The page shows blanks: the whole solution is typed at the first of them.
                Some(_) if solved.contains(&step) => return,
                Some(commands) => commands.clone(),
                None => code.text.clone(),
            };
            solved.push(step);
            acts.push(Act::Type { commands, step, line: code.line });
        }
        Block::Html(_)
        | Block::Admonition { .. }
        | Block::Figure { .. }
        | Block::Exercise { .. } => {}
    });
    acts
}

struct Proof<'a> {
    bench: &'a Bench,
    lesson: &'a Lesson,
    exercise: &'a Exercise,
    language: Language,
}

impl<'a> Proof<'a> {
    fn last_step(&self) -> &'a str {
        self.exercise.steps.last().map_or("do", String::as_str)
    }

    fn checks(&self, step: &str) -> Vec<&'a Check> {
        self.exercise.checks.iter().filter(|check| check.step == step).collect()
    }

    fn is_red_at_first(&self, lab: &Lab<'_>) -> Result<(), String> {
        let verdicts = lab.verdicts(self.exercise.checks.iter());
        match verdicts.iter().find(|(_, verdict)| **verdict == Verdict::Passed) {
            Some((id, _)) => {
                Err(format!("the check `{id}` holds before anything was done: it proves nothing"))
            }
            None => Ok(()),
        }
    }

    async fn turns_green(&self, lab: &Lab<'_>, step: &str) -> Result<(), String> {
        let checks = self.checks(step);
        lab.settle(&checks, &[]).await.map_err(|verdicts| {
            format!("step `{step}` never turns green: {}", self.words(&verdicts))
        })
    }

    async fn sabotage(&self, lab: &Lab<'_>, sabotage: &curriculum::Sabotage) -> Result<(), String> {
        let name = sabotage.run.trim();
        let failed = |error: anyhow::Error| format!("the sabotage `{name}`: {error:#}");
        let checks = self.checks(self.last_step());
        let red: Vec<&CheckId> = sabotage.red.iter().collect();
        lab.run(&sabotage.run).await.map_err(failed)?;
        lab.settle(&checks, &red).await.map_err(|verdicts| {
            format!(
                "the sabotage `{name}` must turn {red:?} red, and nothing else: {}",
                self.words(&verdicts)
            )
        })?;
        let repair = sabotage.repair.clone().unwrap_or_else(|| {
            self.lesson.solution(self.exercise, self.last_step(), self.language)
        });
        lab.run(&repair).await.map_err(failed)?;
        lab.settle(&checks, &[]).await.map_err(|verdicts| {
            format!("after the sabotage `{name}` it cannot be mended: {}", self.words(&verdicts))
        })
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
