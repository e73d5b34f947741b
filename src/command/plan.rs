//! `arnify plan`: what would be stored and rewritten. It stores and writes nothing.

use crate::cli::{self, Format};
use crate::failure::{Exit, Failure};
use crate::model::{Applicability, Plan, Proposed};
use crate::report::plan as render;
use crate::settings::Settings;
use crate::ui::Ui;

use super::importing::Imported;
use super::rewriting;
use super::survey::{Run, Survey};

/// Plans for the selection and shows the plan.
pub(super) fn run(settings: &Settings, _args: &cli::Plan, ui: &mut Ui) -> Result<Exit, Failure> {
    let format = super::human_or_json(settings.format, "plan")?;
    let survey = Survey::take(settings, ui)?;
    let (planned, _) = rewriting::plan((settings, &survey), &Run::new(), Applicability::Review)?;
    let text = match format {
        Format::Json => as_json(&planned.plan, &survey)?,
        _ => render::human(&planned.plan, settings.output.is_none() && ui.color()),
    };
    super::deliver(settings, ui, &text)?;
    if format != Format::Json {
        ui.note("Nothing was stored or written. `arnify apply` stores and shows the diff; `arnify apply --write` changes the files.");
    }
    if !planned.plan.conflicts.is_empty() {
        return Err(conflict(&planned.plan));
    }
    Ok(survey.tell_gaps(ui))
}

/// A resource with different values: which one is right is nothing that arnify could know.
pub(super) fn conflict<S>(plan: &Plan<S>) -> Failure {
    let sides = render::conflicts(plan, false);
    let message = format!("nothing was stored: {}", sides.trim().replace("\n\n", "\n"));
    Failure::message(Exit::Conflict, message)
        .hint("Find out which value is in use and make the places the same, or use `--on-conflict apart` (a secret for each value) or `--on-conflict leave` (these places stay as they are).")
}

fn as_json(plan: &Plan<Proposed>, survey: &Survey) -> Result<String, Failure> {
    #[derive(serde::Serialize)]
    struct Whole<'a> {
        v: u8,
        plan: &'a Plan<Proposed>,
        coverage: &'a crate::model::Coverage,
        #[serde(skip_serializing_if = "Option::is_none")]
        imported: Option<&'a Imported>,
    }
    let whole = Whole { v: 1, plan, coverage: &survey.outcome.coverage, imported: survey.imported.as_ref() };
    let text = serde_json::to_string_pretty(&whole).map_err(|error| Failure::new(Exit::Bug, error))?;
    Ok(text + "\n")
}
