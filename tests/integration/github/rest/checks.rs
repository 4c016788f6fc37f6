//! Check runs.

use serde_json::{Value, json};

use super::super::openapi::DESCRIPTION;
use super::super::request::Answer;
use super::super::state::CheckRun;
use super::Call;

const APP: &str = "github-actions";

pub fn list(call: &mut Call) -> Result<Answer, Answer> {
    let commit = call.state.commit(&call.values["ref"]).ok_or_else(|| unknown_commit(&call.values["ref"]))?;
    let name = call.request.query.get("check_name");
    let fits =
        |run: &&CheckRun| run.fields["head_sha"] == *commit && name.is_none_or(|name| run.fields["name"] == **name);
    let mut runs: Vec<&CheckRun> = call.state.checks.iter().filter(fits).collect();
    // Unless all are asked for, GitHub lists the newest of each name.
    if call.request.query.get("filter").is_none_or(|filter| filter != "all") {
        let newer = |run: &CheckRun, other: &CheckRun| other.fields["name"] == run.fields["name"] && other.id > run.id;
        runs = runs.iter().copied().filter(|run| !runs.iter().any(|other| newer(run, other))).collect();
    }
    let runs: Vec<Value> = runs.into_iter().map(view).collect();
    let total = runs.len();
    Ok(call.page(runs, |runs| json!({ "total_count": total, "check_runs": runs })))
}

fn unknown_commit(name: &str) -> Answer {
    Answer::error(422, &format!("No commit found for SHA: {name}"))
}

pub fn create(call: &mut Call) -> Result<Answer, Answer> {
    let mut fields = call.request.body.clone().unwrap_or_default();
    let sha = fields["head_sha"].as_str().unwrap_or_default().to_owned();
    if call.state.commit(&sha).as_ref() != Some(&sha) {
        return Err(unknown_commit(&sha));
    }
    let annotations = annotations(&mut fields)?;
    complete(&mut fields);
    let run = CheckRun { id: call.state.next_id(), app: APP.to_owned(), fields, annotations };
    let view = view(&run);
    call.state.checks.push(run);
    Ok(Answer::new(201, view))
}

pub fn update(call: &mut Call) -> Result<Answer, Answer> {
    let id = call.number("check_run_id");
    let mut fields = call.request.body.clone().unwrap_or_default();
    let annotations = annotations(&mut fields)?;
    let run = call.state.checks.iter_mut().find(|run| run.id == id).ok_or_else(Answer::not_found)?;
    if run.app != APP {
        let message = "Invalid app_id: a check run can only be modified by the GitHub App that created it.";
        return Err(Answer::error(403, message));
    }
    // A new output takes the old one's place; annotations only ever come in addition.
    for (name, value) in fields.as_object().into_iter().flatten() {
        run.fields[name] = value.clone();
    }
    complete(&mut run.fields);
    run.annotations.extend(annotations);
    Ok(Answer::new(200, view(run)))
}

fn complete(fields: &mut Value) {
    if fields.get("conclusion").is_some() {
        fields["status"] = json!("completed");
    }
}

/// The annotations of a request, or what GitHub has against one.
fn annotations(fields: &mut Value) -> Result<Vec<Value>, Answer> {
    let Some(output) = fields.get_mut("output").and_then(Value::as_object_mut) else { return Ok(Vec::new()) };
    let Some(Value::Array(annotations)) = output.remove("annotations") else { return Ok(Vec::new()) };
    for annotation in &annotations {
        let size = |name: &str| annotation[name].as_str().unwrap_or_default().len();
        let number = |name: &str| annotation[name].as_u64().unwrap_or_default();
        let one_line = number("start_line") == number("end_line");
        let fault = if size("path") == 0 || size("message") == 0 {
            "path and message can't be blank"
        } else if size("message") > 65_536 || size("raw_details") > 65_536 {
            "message or raw_details exceeds 64 KB"
        } else if annotation["title"].as_str().unwrap_or_default().chars().count() > 255 {
            "title is too long (maximum is 255 characters)"
        } else if number("start_line") == 0 || number("end_line") < number("start_line") {
            "start_line and end_line are no range"
        } else if !one_line && (annotation.get("start_column").is_some() || annotation.get("end_column").is_some()) {
            "columns are for annotations within one line"
        } else {
            continue;
        };
        return Err(Answer::unprocessable(&[fault.to_owned()]));
    }
    Ok(annotations)
}

fn view(run: &CheckRun) -> Value {
    let fields = &run.fields;
    let status = fields["status"].as_str().unwrap_or("queued");
    let over = json!({
        "id": run.id,
        "name": fields["name"],
        "head_sha": fields["head_sha"],
        "external_id": fields["external_id"],
        "status": status,
        "conclusion": fields["conclusion"],
        "output": {
            "title": fields["output"]["title"],
            "summary": fields["output"]["summary"],
            "text": fields["output"]["text"],
            "annotations_count": run.annotations.len(),
            "annotations_url": "https://github.test/",
        },
        "app": DESCRIPTION.filled("nullable-integration", json!({ "slug": run.app, "id": 15368 })),
    });
    DESCRIPTION.filled("check-run", over)
}
