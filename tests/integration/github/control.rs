//! What a test in another process needs: to see the state and to change it. GitHub has nothing of this.

use serde_json::{Value, json};

use super::request::{Answer, Request};
use super::state::{Author, Pull, State};

/// Answers a request below `/_fake/`.
pub fn answer(state: &mut State, request: &Request) -> Answer {
    let body = request.body.clone().unwrap_or_default();
    match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/_fake/state") => Answer::new(200, serde_json::to_value(&*state).unwrap()),
        ("POST", "/_fake/settings") => match settings(state, body) {
            Ok(()) => Answer::new(200, json!({})),
            Err(error) => Answer::error(400, &error.to_string()),
        },
        ("POST", "/_fake/reply") => {
            let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
            state.reply(body["thread"].as_u64().unwrap_or_default(), Author::person(&text("login")), &text("body"));
            Answer::new(200, json!({}))
        }
        ("POST", "/_fake/forget-log") => {
            state.log.clear();
            Answer::new(200, json!({}))
        }
        _ => Answer::not_found(),
    }
}

/// Sets what is named: `pulls`, `permissions`, `viewer`, `token`, `codeScanning`.
pub fn settings(state: &mut State, settings: Value) -> serde_json::Result<()> {
    let Value::Object(settings) = settings else { return Ok(()) };
    for (name, value) in settings {
        match name.as_str() {
            "owner" => state.owner = serde_json::from_value(value)?,
            "name" => state.name = serde_json::from_value(value)?,
            "token" => state.token = serde_json::from_value(value)?,
            "viewer" => state.viewer = serde_json::from_value(value)?,
            "pulls" => state.pulls = serde_json::from_value::<Vec<Pull>>(value)?,
            "permissions" => state.permissions = serde_json::from_value(value)?,
            "codeScanning" => state.code_scanning = serde_json::from_value(value)?,
            other => return Err(serde::de::Error::custom(format!("there is no setting {other}"))),
        }
    }
    Ok(())
}
