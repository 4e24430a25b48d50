//! Compound commands: `if`, `for`, `while`, `case`, groups and subshells.

use brush_parser::ast::{
    ArithmeticForClauseCommand, CaseClauseCommand, CaseItemPostAction, CompoundCommand,
    CompoundList, ForClauseCommand, IfClauseCommand, IoRedirect, WhileOrUntilClauseCommand,
};

use super::fields::bytes;
use super::{Flow, Shell, Step, Streams, pattern};

impl Shell {
    /// Runs a compound command.
    pub(super) async fn compound(
        &mut self,
        command: &CompoundCommand,
        redirects: &[IoRedirect],
        streams: &Streams,
    ) -> Step {
        let redirected;
        let streams = if redirects.is_empty() {
            streams
        } else {
            match self.redirect(redirects, streams).await? {
                Ok(streams) => redirected = streams,
                Err(code) => return Ok(code),
            }
            &redirected
        };
        match command {
            CompoundCommand::Arithmetic(arithmetic) => {
                let value = self.number(&arithmetic.expr.value, streams).await?;
                Ok(u8::from(value == 0))
            }
            CompoundCommand::ArithmeticForClause(clause) => self.count_for(clause, streams).await,
            CompoundCommand::BraceGroup(group) => self.list(&group.list, streams).await,
            CompoundCommand::Subshell(subshell) => {
                let Some(mut shell) = self.fork() else {
                    return Err(self.no_fork(streams).await);
                };
                let step = shell.list(&subshell.list, streams).await;
                Ok(shell.leave(step, streams).await)
            }
            CompoundCommand::ForClause(clause) => self.for_each(clause, streams).await,
            CompoundCommand::CaseClause(clause) => self.case(clause, streams).await,
            CompoundCommand::IfClause(clause) => self.if_else(clause, streams).await,
            CompoundCommand::WhileClause(clause) => self.repeat(clause, true, streams).await,
            CompoundCommand::UntilClause(clause) => self.repeat(clause, false, streams).await,
            CompoundCommand::Coprocess(_) => {
                self.complain(streams, "coproc is not available here").await;
                Ok(1)
            }
        }
    }

    /// Runs a list as a question: its failure is an answer, not an end.
    async fn condition(&mut self, list: &CompoundList, streams: &Streams) -> Result<bool, Flow> {
        self.asking += 1;
        let step = self.list(list, streams).await;
        self.asking -= 1;
        Ok(step? == 0)
    }

    async fn if_else(&mut self, clause: &IfClauseCommand, streams: &Streams) -> Step {
        if self.condition(&clause.condition, streams).await? {
            return self.list(&clause.then, streams).await;
        }
        for other in clause.elses.iter().flatten() {
            let holds = match &other.condition {
                Some(condition) => self.condition(condition, streams).await?,
                None => true,
            };
            if holds {
                return self.list(&other.body, streams).await;
            }
        }
        Ok(0)
    }

    async fn for_each(&mut self, clause: &ForClauseCommand, streams: &Streams) -> Step {
        let values = match &clause.values {
            Some(words) => self.fields(words, streams).await?,
            None => self.positional.to_vec(),
        };
        let Some(_held) = self.lab.meter.hold(bytes(&values)) else {
            return Err(self.too_long(streams).await);
        };
        let mut code = 0;
        for value in values {
            self.set_text(&clause.variable_name, value);
            if self.turn(&clause.body.list, &mut code, streams).await? {
                break;
            }
        }
        Ok(code)
    }

    async fn count_for(&mut self, clause: &ArithmeticForClauseCommand, streams: &Streams) -> Step {
        let mut code = 0;
        if let Some(initializer) = &clause.initializer {
            self.number(&initializer.value, streams).await?;
        }
        loop {
            if let Some(condition) = &clause.condition
                && !condition.value.trim().is_empty()
                && self.number(&condition.value, streams).await? == 0
            {
                return Ok(code);
            }
            if self.turn(&clause.body.list, &mut code, streams).await? {
                return Ok(code);
            }
            if let Some(updater) = &clause.updater {
                self.number(&updater.value, streams).await?;
            }
        }
    }

    async fn repeat(
        &mut self,
        clause: &WhileOrUntilClauseCommand,
        wanted: bool,
        streams: &Streams,
    ) -> Step {
        let mut code = 0;
        self.loops += 1;
        let step = loop {
            match self.condition(&clause.0, streams).await {
                Ok(holds) if holds == wanted => {}
                Ok(_) | Err(Flow::Break(1)) => break Ok(code),
                Err(Flow::Continue(1)) => continue,
                Err(flow) => break Err(flow),
            }
            match self.turn(&clause.1.list, &mut code, streams).await {
                Ok(false) => {}
                Ok(true) => break Ok(code),
                Err(flow) => break Err(flow),
            }
        };
        self.loops -= 1;
        step
    }

    /// Runs a loop's body once; true when the loop ends.
    async fn turn(
        &mut self,
        body: &CompoundList,
        code: &mut u8,
        streams: &Streams,
    ) -> Result<bool, Flow> {
        self.tick().await;
        self.loops += 1;
        let step = self.list(body, streams).await;
        self.loops -= 1;
        match step {
            Ok(new) => {
                *code = new;
                Ok(false)
            }
            Err(Flow::Break(1)) => {
                *code = 0;
                Ok(true)
            }
            Err(Flow::Continue(1)) => {
                *code = 0;
                Ok(false)
            }
            Err(Flow::Break(levels)) => Err(Flow::Break(levels - 1)),
            Err(Flow::Continue(levels)) => Err(Flow::Continue(levels - 1)),
            Err(flow) => Err(flow),
        }
    }

    /// Whether a loop is running, for `break` and `continue`.
    pub(crate) fn is_looping(&self) -> bool {
        self.loops > 0
    }

    async fn case(&mut self, clause: &CaseClauseCommand, streams: &Streams) -> Step {
        let value = self.text(&clause.value.value, streams).await?;
        let mut code = 0;
        let mut fall_through = false;
        for item in &clause.cases {
            let mut fits = fall_through;
            for word in &item.patterns {
                if !fits {
                    let wanted = self.pattern(&word.value, streams).await?;
                    fits = pattern::matches(&self.lab.share, &wanted, &value).await;
                }
            }
            if !fits {
                continue;
            }
            code = match &item.cmd {
                Some(list) => self.list(list, streams).await?,
                None => 0,
            };
            match item.post_action {
                CaseItemPostAction::ExitCase => return Ok(code),
                CaseItemPostAction::UnconditionallyExecuteNextCaseItem => fall_through = true,
                CaseItemPostAction::ContinueEvaluatingCases => fall_through = false,
            }
        }
        Ok(code)
    }
}
