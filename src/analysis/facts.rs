//! What the analysis saw besides findings: the grounds on which a fix is judged, and what the checks with algorithms of
//! their own start from.

use crate::links::program::Own;
use crate::rules::compiled::Anchor;
use crate::syntax::hir::{ExprId, FunctionId, MODULE, Span};

/// A call that was reached.
#[derive(Debug, Clone, PartialEq)]
pub struct CallFact {
    /// The call.
    pub span: Span,
    /// The function that it stands in.
    pub function: FunctionId,
    /// The qualified name of what is called; `?` stands for what is unknown.
    pub path: String,
    /// Whether a model or a definition in the file says what it does, or it is a method of a value of unknown type.
    pub known: bool,
    /// What it does to the world, sorted; empty when known to do nothing.
    pub effects: Vec<String>,
    /// The functions of this file that it may call.
    pub callees: Vec<FunctionId>,
}

/// A place that data must not reach unchecked, and what reached it.
#[derive(Debug, Clone, PartialEq)]
pub struct SinkFact {
    /// The sink kind's number.
    pub kind: u8,
    /// The call or assignment.
    pub span: Span,
    /// The function that it stands in.
    pub function: FunctionId,
    /// What is called or assigned to.
    pub target: String,
    /// What arrives there.
    pub status: SinkStatus,
    /// Whether values are bound beside the text.
    pub bound: bool,
}

/// What arrives at a sink.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum SinkStatus {
    /// A constant.
    Constant,
    /// Data that a barrier or a guard has made safe; the text says which.
    Cleared(String),
    /// Data without a label.
    Unlabelled,
    /// Labelled data.
    Labelled,
}

/// A regular expression that is used.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternFact {
    /// The call that uses it.
    pub span: Span,
    /// The function that it stands in.
    pub function: FunctionId,
    /// Where the pattern's literal stands.
    pub literal: Span,
    /// The pattern.
    pub pattern: String,
    /// Its flags.
    pub flags: String,
    /// Where a match may begin and must end.
    pub anchor: Anchor,
    /// Data that is matched: labels, as a bit set.
    pub labels: u32,
    /// The way of the strongest labelled data to here, as in a finding.
    pub flow: Vec<(Span, String)>,
    /// What is called.
    pub target: String,
}

/// A route of a web framework.
#[derive(Debug, Clone, PartialEq)]
pub struct RouteFact {
    /// The call that registers it.
    pub span: Span,
    /// The qualified name of what is called (`express.Application.get`).
    pub target: String,
    /// The functions that answer it, in order.
    pub handlers: Vec<FunctionId>,
    /// All arguments with their qualified names (or types), empty where unknown.
    pub arguments: Vec<(ExprId, String)>,
    /// What the application or router is, as written (`app`, `this.router`).
    pub receiver: String,
    /// The constant path, where known.
    pub route: Option<String>,
}

/// A barrier or guard that made data safe.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClearFact {
    /// Where.
    pub span: Span,
    /// What did it.
    pub by: String,
    /// The sink kinds, as a bit set.
    pub kinds: u64,
}

/// A constant that is assigned to a name, passed under a name, or compared with one.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedConstant {
    /// The name (the last one of a member).
    pub name: String,
    /// The constant string.
    pub value: String,
    /// Where the literal stands.
    pub literal: Span,
    /// The function that it stands in.
    pub function: FunctionId,
    /// Whether it is what data from a request is compared with.
    pub checks_input: bool,
    /// Whether it stands in for a variable of the environment that is not set.
    pub fallback: bool,
}

/// What a message adds about a constant that stands in for a variable of the environment.
pub const FALLBACK: &str = ", as the fallback where the environment does not set it";

/// A function that a framework calls to answer requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandlerFact {
    /// The function.
    pub function: FunctionId,
    /// The decorators that make it a handler, outermost first; none where a call or its class does.
    pub decorators: Vec<ExprId>,
}

/// An assignment to a member.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteFact {
    /// The target.
    pub span: Span,
    /// The function that it stands in.
    pub function: FunctionId,
    /// The qualified name of the target.
    pub path: String,
}

/// A read that a model speaks of.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadFact {
    /// The expression.
    pub span: Span,
    /// The qualified name of what is read.
    pub path: String,
}

impl Facts {
    /// Keeps what is said about one file of a program.
    pub fn keep_own(&mut self, own: &Own) {
        let own = *own;
        // A default of one of its parameters can be evaluated inside a function of another file. It is code of the module.
        let home = |function: &mut FunctionId| {
            if !own.has_function(*function) {
                *function = MODULE;
            }
        };
        self.calls.retain(|c| own.has(c.span));
        self.calls.iter_mut().for_each(|c| home(&mut c.function));
        self.calls.iter_mut().for_each(|c| c.callees.retain(|f| own.has_function(*f)));
        self.sinks.retain(|s| own.has(s.span));
        self.sinks.iter_mut().for_each(|s| home(&mut s.function));
        self.patterns.retain(|p| own.has(p.span) && own.has(p.literal));
        self.patterns.iter_mut().for_each(|p| home(&mut p.function));
        self.routes.retain(|r| own.has(r.span));
        self.routes.iter_mut().for_each(|r| r.handlers.retain(|f| own.has_function(*f)));
        self.handlers.retain(|h| own.has_function(h.function));
        self.clears.retain(|c| own.has(c.span));
        self.constants.retain(|c| own.has(c.literal));
        self.constants.iter_mut().for_each(|c| home(&mut c.function));
        self.writes.retain(|w| own.has(w.span));
        self.writes.iter_mut().for_each(|w| home(&mut w.function));
        self.reads.retain(|r| own.has(r.span));
    }
}

/// All facts of a file, each list in source order.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// Calls.
    pub calls: Vec<CallFact>,
    /// Sinks.
    pub sinks: Vec<SinkFact>,
    /// Regular expressions.
    pub patterns: Vec<PatternFact>,
    /// Routes that a call registers.
    pub routes: Vec<RouteFact>,
    /// All functions that answer requests, however they came to it.
    pub handlers: Vec<HandlerFact>,
    /// Barriers and guards.
    pub clears: Vec<ClearFact>,
    /// Named constants.
    pub constants: Vec<NamedConstant>,
    /// Assignments to members.
    pub writes: Vec<WriteFact>,
    /// Reads that models speak of.
    pub reads: Vec<ReadFact>,
}
