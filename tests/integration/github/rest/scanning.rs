//! Uploads for Code Scanning, which are taken at once and processed later.

use std::collections::BTreeSet;
use std::io::Read;

use base64::Engine;
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use super::super::openapi::DESCRIPTION;
use super::super::request::Answer;
use super::super::state::Upload;
use super::Call;

const MAX_PACKED: usize = 10_000_000;
const MAX_RESULTS: usize = 25_000;

pub fn upload(call: &mut Call) -> Result<Answer, Answer> {
    if !call.state.code_scanning {
        let message = "Code Security must be enabled for this repository to use code scanning.";
        return Err(Answer::error(403, message));
    }
    let text = |name: &str| call.text(name).unwrap_or_default();
    let (commit, reference, packed) = (text("commit_sha"), text("ref"), text("sarif"));
    if call.state.commit(&commit).as_ref() != Some(&commit) {
        return Err(Answer::not_found());
    }
    let packed = base64::engine::general_purpose::STANDARD.decode(packed);
    let packed = packed.map_err(|_| Answer::error(400, "Invalid SARIF: it is not Base64"))?;
    if packed.len() > MAX_PACKED {
        return Err(Answer::error(413, "Payload Too Large"));
    }
    let mut bytes = Vec::new();
    let unpacked = GzDecoder::new(packed.as_slice()).take(1 << 30).read_to_end(&mut bytes);
    unpacked.map_err(|_| Answer::error(400, "Invalid SARIF: it is not gzip"))?;
    let sarif: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let (id, errors) = (call.state.next_id(), errors(&sarif));
    call.state.uploads.push(Upload { id, commit, reference, sarif, errors, polls: 0 });
    let over = json!({ "id": id.to_string(), "url": "https://github.test/" });
    Ok(Answer::new(202, DESCRIPTION.filled("code-scanning-sarifs-receipt", over)))
}

/// What keeps GitHub from processing a file.
fn errors(sarif: &Value) -> Vec<String> {
    let Some(runs) = sarif["runs"].as_array().filter(|_| sarif["version"] == "2.1.0") else {
        return vec!["the file is not SARIF 2.1.0".to_owned()];
    };
    let mut errors = Vec::new();
    let mut categories = BTreeSet::new();
    for run in runs {
        let results = run["results"].as_array().map(Vec::as_slice).unwrap_or_default();
        if results.len() > MAX_RESULTS {
            let text = "rejecting SARIF, as there are more results per run than allowed";
            errors.push(format!("{text} ({} > {MAX_RESULTS})", results.len()));
        }
        for result in results {
            if result["message"]["text"].as_str().is_none_or(str::is_empty) {
                errors.push("a result has no message.text".to_owned());
            }
            for location in result["locations"].as_array().into_iter().flatten() {
                let uri = location["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap_or_default();
                if uri.is_empty() || uri.starts_with('/') || uri.contains("://") {
                    errors.push(format!("a result is not at a relative path: {uri}"));
                }
            }
        }
        let category = (run["tool"]["driver"]["name"].to_string(), run["automationDetails"]["id"].to_string());
        if !categories.insert(category) {
            errors.push("two runs have the same tool and category".to_owned());
        }
    }
    errors
}

pub fn get(call: &mut Call) -> Result<Answer, Answer> {
    let pending = call.state.pending_polls;
    let id = &call.values["sarif_id"];
    let upload = call.state.uploads.iter_mut().find(|upload| upload.id.to_string() == *id);
    let upload = upload.ok_or_else(Answer::not_found)?;
    upload.polls += 1;
    let body = if upload.polls <= pending {
        json!({ "processing_status": "pending" })
    } else if upload.errors.is_empty() {
        json!({ "processing_status": "complete", "analyses_url": "https://github.test/" })
    } else {
        json!({ "processing_status": "failed", "errors": upload.errors })
    };
    Ok(Answer::new(200, body))
}
