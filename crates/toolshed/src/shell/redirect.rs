//! Redirections: where a command's streams lead.

use brush_parser::ast::{
    IoFileRedirectKind as Kind, IoFileRedirectTarget as Target, IoHereDocument, IoRedirect,
    ProcessSubstitutionKind,
};

use super::{Flow, Shell, Streams};
use crate::files::Kind as FileKind;
use crate::stream::{Input, Output};

impl Shell {
    /// The streams after all redirections, or the exit code when one cannot be done.
    pub(crate) async fn redirect(
        &mut self,
        redirects: &[IoRedirect],
        streams: &Streams,
    ) -> Result<Result<Streams, u8>, Flow> {
        let mut streams = streams.clone();
        for redirect in redirects {
            if let Err(message) = self.redirect_one(redirect, &mut streams).await? {
                self.complain(&streams, message).await;
                return Ok(Err(1));
            }
        }
        Ok(Ok(streams))
    }

    async fn redirect_one(
        &mut self,
        redirect: &IoRedirect,
        streams: &mut Streams,
    ) -> Result<Result<(), String>, Flow> {
        match redirect {
            IoRedirect::File(number, kind, target) => {
                self.redirect_file(*number, kind, target, streams).await
            }
            IoRedirect::HereDocument(_, document) => {
                let text = self.here_document(document, streams).await?;
                streams.stdin = Input::from_bytes(text);
                Ok(Ok(()))
            }
            IoRedirect::HereString(_, word) => {
                let text = self.text(&word.value, streams).await? + "\n";
                streams.stdin = Input::from_bytes(text);
                Ok(Ok(()))
            }
            IoRedirect::OutputAndError(word, append) => {
                let path = self.text(&word.value, streams).await?;
                Ok(self.open_output(&path, *append).map(|output| {
                    streams.stdout = output.clone();
                    streams.stderr = output;
                }))
            }
        }
    }

    async fn here_document(
        &mut self,
        document: &IoHereDocument,
        streams: &Streams,
    ) -> Result<String, Flow> {
        let text = if document.remove_tabs {
            let lines = document.doc.value.split_inclusive('\n');
            lines.map(|line| line.trim_start_matches('\t')).collect()
        } else {
            document.doc.value.clone()
        };
        if document.requires_expansion { self.document(&text, streams).await } else { Ok(text) }
    }

    async fn redirect_file(
        &mut self,
        number: Option<i32>,
        kind: &Kind,
        target: &Target,
        streams: &mut Streams,
    ) -> Result<Result<(), String>, Flow> {
        let word = match target {
            Target::Filename(word) => self.fields(std::slice::from_ref(word), streams).await?,
            Target::Duplicate(word) => vec![self.text(&word.value, streams).await?],
            Target::Fd(number) => vec![number.to_string()],
            Target::ProcessSubstitution(ProcessSubstitutionKind::Read, command) => {
                let bytes = self.process(&command.list, streams).await?;
                streams.stdin = Input::from_bytes(bytes);
                return Ok(Ok(()));
            }
            Target::ProcessSubstitution(ProcessSubstitutionKind::Write, _) => {
                return Ok(Err(">(…) is not available here".to_owned()));
            }
        };
        let [word] = word.as_slice() else {
            return Ok(Err(format!("{}: ambiguous redirect", word.join(" "))));
        };
        Ok(match kind {
            Kind::Read | Kind::ReadAndWrite => {
                self.open_input(word).map(|input| streams.stdin = input)
            }
            Kind::Write | Kind::Clobber | Kind::Append => {
                let output = self.open_output(word, matches!(kind, Kind::Append));
                output.and_then(|output| streams.put(number.unwrap_or(1), output))
            }
            Kind::DuplicateInput if word == "-" => {
                streams.stdin = Input::empty();
                Ok(())
            }
            Kind::DuplicateInput if word == "0" => Ok(()),
            Kind::DuplicateInput => Err(format!("{word}: Bad file descriptor")),
            Kind::DuplicateOutput if word == "-" => {
                streams.put(number.unwrap_or(1), Output::null())
            }
            Kind::DuplicateOutput => match word.parse() {
                Ok(source) => match streams.output(source) {
                    Some(output) => streams.put(number.unwrap_or(1), output),
                    None => Err(format!("{word}: Bad file descriptor")),
                },
                Err(_) => self.open_output(word, false).map(|output| {
                    streams.stdout = output.clone();
                    streams.stderr = output;
                }),
            },
        })
    }

    fn open_input(&self, word: &str) -> Result<Input, String> {
        let contents = self.lab.files.open(&self.path(word));
        contents.map(Input::from_bytes).map_err(|error| format!("{word}: {error}"))
    }

    /// Opens a file for writing, emptying it unless `append`.
    pub(crate) fn open_output(&self, word: &str, append: bool) -> Result<Output, String> {
        let files = &self.lab.files;
        let path = self.path(word);
        if word.is_empty() {
            return Err(": No such file or directory".to_owned());
        }
        let kind = files.metadata(&path).ok().map(|metadata| metadata.kind);
        let opened = match kind {
            Some(FileKind::Device) => return Ok(Output::null()),
            Some(FileKind::File) if append && files.is_writable(&path) => Ok(()),
            _ => files.write(&path, ""),
        };
        match opened {
            Ok(()) => Ok(Output::to_file(files.clone(), path)),
            Err(error) => Err(format!("{word}: {error}")),
        }
    }
}

impl Streams {
    /// The output with a number.
    pub(crate) fn output(&self, number: i32) -> Option<Output> {
        match number {
            1 => Some(self.stdout.clone()),
            2 => Some(self.stderr.clone()),
            other => self.others.get(&other).cloned(),
        }
    }

    fn put(&mut self, number: i32, output: Output) -> Result<(), String> {
        match number {
            1 => self.stdout = output,
            2 => self.stderr = output,
            3..=9 => {
                self.others.insert(number, output);
            }
            other => return Err(format!("{other}: Bad file descriptor")),
        }
        Ok(())
    }
}
