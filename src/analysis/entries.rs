//! Which functions a framework calls, and what it hands them.

use super::engine::Engine;
use super::facts::{HandlerFact, SinkFact};
use super::functions::EntryInfo;
use super::literals::is_number_type;
use super::lookup::{ArgValue, Site};
use super::state::State;
use super::value::{Const, Value};
use crate::rules::compiled::{Entry, Trigger};
use crate::rules::index::Asked;
use crate::rules::index::{Ref, is_builtin_type};
use crate::rules::place::{Pattern, documented};
use crate::syntax::hir::*;

impl Engine<'_> {
    /// Entries that are told by decorators, base classes and the names of parameters.
    pub fn find_entries(&mut self) {
        for i in 1..self.file.functions.len() {
            let id = FunctionId(i as u32);
            let decorated = self.decorator_entries(id);
            self.note_decorated_handler(id, &decorated);
            let mut found: Vec<u32> = decorated.into_iter().map(|(entry, _)| entry).collect();
            found.extend(self.other_entries(id));
            for entry in found {
                self.set_entry(id, entry);
            }
        }
    }

    pub fn set_entry(&mut self, function: FunctionId, entry: u32) {
        if !self.is_own(function) && self.active.first().is_some_and(|f| self.is_own(*f)) {
            self.sent_out.push(function);
        }
        let Some(slot) = self.entries.get_mut(function.index()) else { return };
        let info = slot.get_or_insert_with(EntryInfo::default);
        if !info.entries.contains(&entry) {
            info.entries.push(entry);
            info.entries.sort_unstable();
        }
    }

    /// Notes the decorators that make a function answer requests.
    fn note_decorated_handler(&mut self, function: FunctionId, found: &[(u32, ExprId)]) {
        let is_route = |entry: u32| self.index.models.entries.get(entry as usize).is_some_and(|e| e.route);
        let mut decorators: Vec<ExprId> = found.iter().filter(|(e, _)| is_route(*e)).map(|(_, d)| *d).collect();
        decorators.dedup();
        if !decorators.is_empty() {
            self.facts.handlers.push(HandlerFact { function, decorators });
        }
    }

    /// Functions that became handlers by a call or by their class.
    pub fn other_handlers(&self) -> Vec<HandlerFact> {
        let is_route = |entry: &u32| self.index.models.entries.get(*entry as usize).is_some_and(|e| e.route);
        let answers = |info: &Option<EntryInfo>| info.as_ref().is_some_and(|i| i.entries.iter().any(is_route));
        let all = self.entries.iter().enumerate().filter(|(_, info)| answers(info));
        all.map(|(i, _)| FunctionId(i as u32))
            .filter(|f| !self.facts.handlers.iter().any(|known| known.function == *f))
            .map(|function| HandlerFact { function, decorators: Vec::new() })
            .collect()
    }

    /// Entries by decorators, each with its decorator.
    fn decorator_entries(&mut self, id: FunctionId) -> Vec<(u32, ExprId)> {
        let mut found = Vec::new();
        for decorator in &self.file.function(id).decorators {
            let Some(path) = self.static_path(*decorator) else { continue };
            let args = self.static_args(*decorator);
            let site = Site {
                span: self.file.expr(*decorator).span,
                args: &args,
                receiver: None,
                owner: None,
                callee: None,
                value: None,
            };
            let receiver = path.rsplit_once('.').map(|(r, _)| r.to_string());
            let shape = receiver.as_deref().is_some_and(|r| self.shape_allowed(Some(r)));
            let refs = self.said_of(Asked::Decorator, &path, shape);
            for entry in refs.iter().copied() {
                let Ref::Entry(i) = entry else { continue };
                let fits = |e: &Entry| self.holds(&e.when, &site) && self.is_decorated_for(id, e);
                if self.index.models.entries.get(i as usize).is_some_and(fits) && !found.contains(&(i, *decorator)) {
                    found.push((i, *decorator));
                }
            }
        }
        found
    }

    /// The arguments of a decorator's call, as far as they are literals.
    pub fn static_args(&self, expr: ExprId) -> Vec<ArgValue> {
        let ExprKind::Call { args, .. } = &self.file.expr(expr).kind else { return Vec::new() };
        args.iter()
            .map(|a| {
                let value = match &self.file.expr(a.value).kind {
                    ExprKind::Literal(Literal::Str(s)) => {
                        Value::constant(Const::Str((&**s).into()), self.file.expr(a.value).span)
                    }
                    ExprKind::Name(_) | ExprKind::Member { .. } => {
                        Value::default().with_path(self.static_path(a.value).map(Into::into))
                    }
                    ExprKind::Literal(Literal::Int(i)) => Value::constant(Const::Int(*i), self.file.expr(a.value).span),
                    _ => Value::default(),
                };
                ArgValue { name: a.name, value, expr: a.value, spread: a.spread }
            })
            .collect()
    }

    pub fn other_entries(&mut self, id: FunctionId) -> Vec<u32> {
        let mut found = Vec::new();
        let mut most_names = 0;
        for i in self.index.other_entries.clone() {
            let Some(entry) = self.index.models.entries.get(i as usize) else { continue };
            let site =
                Site { span: Span::default(), args: &[], receiver: None, owner: None, callee: None, value: None };
            let fits = match &entry.trigger {
                Trigger::ParamsNamed(names) => self.params_are_named(id, names),
                Trigger::Base(bases, methods) => self.is_method_of(id, bases, methods),
                _ => false,
            };
            if !fits || !self.holds(&entry.when, &site) || !self.is_decorated_for(id, entry) {
                continue;
            }
            // Of several entries by the names of parameters, the one that speaks of most of them counts.
            if let Trigger::ParamsNamed(names) = &entry.trigger {
                if names.len() < most_names {
                    continue;
                }
                most_names = names.len();
                found.retain(|j: &u32| !self.is_by_names(*j, names.len()));
            }
            found.push(i);
        }
        found
    }

    /// Whether an entry goes by the names of fewer than `count` parameters.
    pub fn is_by_names(&self, entry: u32, count: usize) -> bool {
        let trigger = self.index.models.entries.get(entry as usize).map(|e| &e.trigger);
        matches!(trigger, Some(Trigger::ParamsNamed(names)) if names.len() < count)
    }

    pub fn params_are_named(&self, id: FunctionId, names: &[String]) -> bool {
        let function = self.file.function(id);
        let own: Vec<&Param> = self.own_params(id).collect();
        own.len() >= names.len()
            && own.len() <= names.len() + 2
            && !function.is_generator
            && names.iter().zip(own).all(|(pattern, param)| match self.file.expr(param.pattern).kind {
                ExprKind::Name(name) => self.index.regex_matches(&format!("^(?:{pattern})$"), self.file.text(name)),
                _ => false,
            })
    }

    pub fn is_method_of(&self, id: FunctionId, bases: &[crate::rules::place::Pattern], methods: &[String]) -> bool {
        let function = self.file.function(id);
        let (Some(class), Some(name)) = (function.class, function.name) else { return false };
        let name = self.file.text(name);
        let fits = if methods.is_empty() { !name.starts_with('_') } else { methods.iter().any(|m| m == name) };
        fits && self
            .lineage(&self.file.class(class).symbol)
            .iter()
            .skip(1)
            .any(|path| bases.iter().any(|pattern| pattern.fits(path)))
    }

    pub fn returns_of(&self, id: FunctionId) -> Vec<u32> {
        let entries = self.entries.get(id.index()).and_then(|e| e.as_ref()).map_or(&[][..], |e| &e.entries);
        let returns = |i: &u32| self.index.models.entries.get(*i as usize).is_some_and(|e| e.returns.is_some());
        entries.iter().copied().filter(returns).collect()
    }

    /// A parameter as the function's entry has it; nothing known when there is no entry.
    pub fn entry_param(&mut self, id: FunctionId, position: u32, param: &Param) -> Value {
        let entries =
            self.entries.get(id.index()).and_then(|e| e.as_ref()).map(|e| e.entries.clone()).unwrap_or_default();
        let text = self.text(self.file.expr(param.pattern).span);
        let annotated = param.ty.and_then(|t| self.static_path(t));
        if !entries.is_empty() && self.is_converted(id, text) {
            return Value::of_path("int");
        }
        let mut value = Value::default();
        for i in &entries {
            let Some(entry) = self.index.models.entries.get(*i as usize) else { continue };
            let spec = entry.params.get(position as usize);
            if let Some(path) = spec.and_then(|p| p.is.as_ref()) {
                value.path = Some(path.as_str().into());
            }
            // A parameter with a type of its own (a request, a session) is no data.
            let typed = annotated.as_deref().is_some_and(|t| self.is_modelled_kind(t) && !is_builtin_type(t))
                || self.is_injected(param);
            let rest = if spec.is_none() && !typed { entry.rest_label } else { None };
            if let Some(label) = spec.and_then(|p| p.label).or(rest) {
                let number = annotated.as_deref().is_some_and(is_number_type);
                if !number {
                    let identity = format!("{}#{position}", self.file.function(id).symbol).into();
                    let taint = self.source_taint(label, identity, param.span, &format!("the request's `{text}`"));
                    value.add_taints(&[taint]);
                }
            }
        }
        if let (Some(path), None) = (&annotated, &value.path)
            && (!entries.is_empty() || self.is_modelled_kind(path))
        {
            value.path = Some(path.as_str().into());
        }
        self.told_param(&annotated, param, &mut value);
        value
    }

    /// Whether the address in a decorator has a part converted to a number before it becomes a parameter: `<int:page>`.
    fn is_converted(&self, id: FunctionId, param: &str) -> bool {
        let decorators = self.file.function(id).decorators.iter();
        let texts = decorators.flat_map(|d| self.static_args(*d)).filter_map(|a| a.value.single_str().cloned());
        texts.into_iter().any(|address| {
            address.split('<').skip(1).filter_map(|part| part.split_once('>')?.0.split_once(':')).any(
                |(converter, name)| {
                    let converter = converter.split('(').next().unwrap_or("");
                    name == param && matches!(converter, "int" | "float" | "uuid")
                },
            )
        })
    }

    /// Whether the default of a parameter says that the framework puts in something of its own, such as a database session.
    pub fn is_injected(&mut self, param: &Param) -> bool {
        let Some(default) = param.default else { return false };
        let path = self.eval(default, &mut State::default()).path;
        path.is_some_and(|p| self.index.is_modelled(&p) && !is_builtin_type(&p))
    }

    /// Sources that are told by a parameter's annotated type or by its decorators. A number holds no text.
    pub fn told_param(&mut self, annotated: &Option<String>, param: &Param, value: &mut Value) {
        if annotated.as_deref().is_some_and(is_number_type) {
            return;
        }
        let decorators: Vec<String> = param.decorators.iter().filter_map(|d| self.static_path(*d)).collect();
        for i in self.index.param_sources.clone() {
            let Some(source) = self.index.models.sources.get(i as usize) else { continue };
            let (patterns, told) = match &source.trigger {
                Trigger::ParamType(patterns) => (patterns, annotated.as_slice()),
                Trigger::ParamDecorator(patterns) => (patterns, decorators.as_slice()),
                _ => continue,
            };
            let Some(path) = told.iter().find(|path| self.is_one_of(path, patterns)) else { continue };
            let description =
                source.description.clone().unwrap_or_else(|| format!("a parameter of type `{}`", documented(path)));
            let identity = format!("param@{}", param.span.start).into();
            let taint = self.source_taint(source.label, identity, param.span, &description);
            value.add_taints(&[taint]);
        }
    }

    /// Whether models speak of a type, or of something that it is a kind of.
    fn is_modelled_kind(&self, path: &str) -> bool {
        self.lineage(path).iter().any(|p| self.index.is_modelled(p))
    }

    /// Whether a path, or something that it is a kind of, fits one of the patterns.
    fn is_one_of(&self, path: &str, patterns: &[Pattern]) -> bool {
        self.lineage(path).iter().any(|p| patterns.iter().any(|pattern| pattern.fits(p)))
    }

    /// Whether the decorators of a function and its class are what an entry asks for beside its own.
    fn is_decorated_for(&self, id: FunctionId, entry: &Entry) -> bool {
        if entry.with.is_empty() && entry.without.is_empty() {
            return true;
        }
        let function = self.file.function(id);
        let of_class = function.class.map_or(&[][..], |c| &self.file.class(c).decorators);
        let all: Vec<String> =
            function.decorators.iter().chain(of_class).filter_map(|d| self.static_path(*d)).collect();
        (entry.with.is_empty() || all.iter().any(|path| self.is_one_of(path, &entry.with)))
            && !all.iter().any(|path| self.is_one_of(path, &entry.without))
    }

    /// The parts of a returned tuple.
    fn returned_parts(&self, value: &Value, expr: ExprId) -> Vec<ArgValue> {
        let (Some(fields), ExprKind::Collection { kind: CollectionKind::Tuple, entries }) =
            (&value.fields, &self.file.expr(expr).kind)
        else {
            return Vec::new();
        };
        (entries.iter().enumerate())
            .filter_map(|(i, entry)| {
                let value = fields.known.get(i.to_string().as_str())?.clone();
                Some(ArgValue { name: None, value, expr: entry.value, spread: Spread::No })
            })
            .collect()
    }

    /// What a framework does with the value that an entry returns.
    pub fn returned_sink(&mut self, entry: u32, value: &Value, expr: ExprId) {
        let Some(entry) = self.index.models.entries.get(entry as usize) else { return };
        let Some(kind) = entry.returns else { return };
        // `return body, status, headers`: what stands beside the body are arguments to the models.
        let args = self.returned_parts(value, expr);
        let (body, expr) = match (&value.fields, &self.file.expr(expr).kind) {
            (Some(fields), ExprKind::Collection { kind: CollectionKind::Tuple, entries }) => {
                match (fields.known.get("0"), entries.first()) {
                    (Some(first), Some(entry)) => (first.clone(), entry.value),
                    _ => return,
                }
            }
            _ => (value.clone(), expr),
        };
        let span = self.file.expr(expr).span;
        let site =
            Site { span, args: &args, receiver: None, owner: None, callee: None, value: Some((&body, Some(expr))) };
        if !self.holds(&entry.returns_when, &site) {
            return;
        }
        match &entry.returns_at {
            None => self.respond(kind, &body, Some(expr), span),
            Some(place) => {
                for part in self.select(place, &site).values() {
                    let span = part.expr.map_or(span, |e| self.file.expr(e).span);
                    self.respond(kind, &part.value, part.expr, span);
                }
            }
        }
    }

    /// Notes what becomes a part of the response.
    fn respond(&mut self, kind: u8, value: &Value, expr: Option<ExprId>, span: Span) {
        let mut taints = if self.has_safe_prefix(kind, value) { Vec::new() } else { value.deep_taints() };
        let harmless = self.harmless_behind(kind, value);
        taints.iter_mut().for_each(|t| *t = t.safe_for(harmless));
        let target = "the response";
        let status = self.arrival(kind, value, &taints);
        let fact = SinkFact { kind, span, function: self.current(), target: target.to_string(), status, bound: false };
        self.note_sink(fact);
        self.hit(kind, 2, &taints, span, target);
        // To the rules, what is returned for a purpose is written to `returned.` and that purpose.
        let Some(path) = self.library.set().kinds.get(kind as usize).map(|k| format!("returned.{}", k.name)) else {
            return;
        };
        let site = Site { span, args: &[], receiver: None, owner: None, callee: None, value: Some((value, expr)) };
        for said in self.said_of(Asked::Write, &path, false).iter() {
            if let Ref::Match(i) = *said {
                self.matched(i, &site, target);
            }
        }
    }
}
