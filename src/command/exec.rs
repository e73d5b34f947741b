//! `arnify exec`: start a program with the secret references in its environment resolved.
//!
//! Values go into the new program's environment and nowhere else; arnify is replaced by the program, so signals and
//! the exit code are the program's own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use super::encoded::Text;
use crate::cli;
use crate::failure::{Exit, Failure};
use crate::reference::{Hit, Reference, dotenv, dynamic_references, whole_arn};
use crate::secret::SecretValue;
use crate::settings::Settings;
use crate::store;
use crate::ui::Ui;

type Environment = BTreeMap<OsString, OsString>;

/// Resolves the environment and becomes the command; returns only when that fails.
pub(super) fn run(settings: &Settings, args: &cli::Exec, _ui: &mut Ui) -> Result<Exit, Failure> {
    let environment = resolved(environment(args)?, settings)?;
    let Some((program, rest)) = args.command.split_first() else {
        return Err(Failure::message(Exit::Usage, "no command given"));
    };
    let error = Command::new(program).args(rest).env_clear().envs(environment).exec();
    let code = if error.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 };
    Err(Failure::message(Exit::Child(code), format_args!("can't start {}: {error}", Path::new(program).display())))
}

/// The files' variables, later files over earlier ones, the process's own over all.
fn environment(args: &cli::Exec) -> Result<Environment, Failure> {
    let mut environment = Environment::new();
    for path in &args.env_file {
        let raw = std::fs::read(path)
            .map_err(|error| Failure::message(Exit::Usage, format_args!("can't read {}: {error}", path.display())))?;
        let wrong =
            |what: &dyn std::fmt::Display| Failure::message(Exit::Usage, format_args!("{}: {what}", path.display()));
        let text = Text::read(raw).map_err(|what| wrong(&what))?;
        let assignments = dotenv::parse(&text.bytes).map_err(|what| wrong(&what))?;
        let pair = |a: dotenv::Assignment| (OsString::from(a.name), OsString::from_vec(a.value.to_vec()));
        environment.extend(assignments.into_iter().map(pair));
    }
    environment.extend(std::env::vars_os());
    Ok(environment)
}

/// A variable with the references in it.
struct Variable {
    name: OsString,
    hits: Vec<Hit>,
}

fn resolved(mut environment: Environment, settings: &Settings) -> Result<Environment, Failure> {
    let variables: Vec<Variable> = environment
        .iter()
        .map(|(name, value)| Variable { name: name.clone(), hits: hits(value.as_bytes()) })
        .filter(|variable| !variable.hits.is_empty())
        .collect();
    let mut references: Vec<Reference> = Vec::new();
    for variable in &variables {
        for hit in &variable.hits {
            match &hit.reference {
                Ok(reference) => references.push(reference.clone()),
                Err(what) => return Err(refused(&variable.name, what)),
            }
        }
    }
    let mut values =
        store::resolve(&references, &settings.store).map_err(|error| unresolved(&variables, error))?.into_iter();
    for variable in &variables {
        let text = environment.get(&variable.name).map(|value| value.as_bytes().to_vec()).unwrap_or_default();
        let filled = filled(&text, variable, &mut values)?;
        environment.insert(variable.name.clone(), OsString::from_vec(filled));
    }
    Ok(environment)
}

/// The references of a variable's value: the value as a whole, or those within it.
fn hits(value: &[u8]) -> Vec<Hit> {
    match whole_arn(value) {
        Some(reference) => vec![Hit { span: 0..value.len(), reference: Ok(reference) }],
        None => dynamic_references(value),
    }
}

fn filled(
    text: &[u8],
    variable: &Variable,
    values: &mut impl Iterator<Item = Result<SecretValue, store::StoreError>>,
) -> Result<Vec<u8>, Failure> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    for hit in &variable.hits {
        out.extend_from_slice(text.get(at..hit.span.start).unwrap_or_default());
        match values.next() {
            Some(Ok(value)) if value.with_bytes(|bytes| !bytes.contains(&0)) => {
                value.with_bytes(|bytes| out.extend_from_slice(bytes));
            }
            Some(Ok(_)) => return Err(refused(&variable.name, "the value has a NUL byte, which no variable can hold")),
            Some(Err(error)) => {
                let hint = error.hint();
                let failure = refused(&variable.name, error);
                return Err(hint.into_iter().fold(failure, Failure::hint));
            }
            None => return Err(refused(&variable.name, "the store gave no answer")),
        }
        at = hit.span.end;
    }
    out.extend_from_slice(text.get(at..).unwrap_or_default());
    Ok(out)
}

/// A failure of the store as a whole, with the variables that wait for it.
fn unresolved(variables: &[Variable], error: store::StoreError) -> Failure {
    let names: Vec<_> = variables.iter().map(|variable| variable.name.to_string_lossy()).collect();
    let mut failure = error.into_failure();
    failure.source = failure.source.context(format!("can't resolve {}", names.join(", ")));
    failure
}

fn refused(name: &std::ffi::OsStr, what: impl std::fmt::Display) -> Failure {
    Failure::message(Exit::Store, format_args!("{}: {what}", name.to_string_lossy()))
}
