//! Putting one lowered file behind another: everything in it refers to new places.

use crate::syntax::hir::*;

/// By how much the ids and ranges of a file move.
struct Offsets {
    names: Vec<Name>,
    exprs: u32,
    stmts: u32,
    functions: u32,
    classes: u32,
    imports: u32,
    bytes: u32,
}

/// Puts `from` behind what is in `into`; its text begins at byte `bytes` of the joined text. Gives the function that is its
/// module.
pub fn append(into: &mut File, from: &File, bytes: u32) -> FunctionId {
    let by = Offsets {
        names: from.names.all().map(|text| into.names.intern(text)).collect(),
        exprs: into.exprs.len() as u32,
        stmts: into.stmts.len() as u32,
        functions: into.functions.len() as u32,
        classes: into.classes.len() as u32,
        imports: into.imports.len() as u32,
        bytes,
    };
    extend(&mut into.exprs, &from.exprs, &by);
    extend(&mut into.stmts, &from.stmts, &by);
    extend(&mut into.functions, &from.functions, &by);
    extend(&mut into.classes, &from.classes, &by);
    extend(&mut into.imports, &from.imports, &by);
    FunctionId(by.functions)
}

fn extend<T: Move + Clone>(into: &mut Vec<T>, from: &[T], by: &Offsets) {
    into.extend(from.iter().cloned().map(|mut one| {
        one.shift(by);
        one
    }));
}

/// What holds ids or ranges.
trait Move {
    fn shift(&mut self, by: &Offsets);
}

macro_rules! ids {
    ($($type:ident by $field:ident),*) => {$(
        impl Move for $type {
            fn shift(&mut self, by: &Offsets) {
                self.0 += by.$field;
            }
        }
    )*};
}

ids! { ExprId by exprs, StmtId by stmts, FunctionId by functions, ClassId by classes }

impl Move for Name {
    fn shift(&mut self, by: &Offsets) {
        *self = by.names.get(self.index()).copied().unwrap_or(*self);
    }
}

impl Move for Span {
    fn shift(&mut self, by: &Offsets) {
        self.start = self.start.saturating_add(by.bytes);
        self.end = self.end.saturating_add(by.bytes);
    }
}

impl<T: Move> Move for Option<T> {
    fn shift(&mut self, by: &Offsets) {
        self.iter_mut().for_each(|one| one.shift(by));
    }
}

impl<T: Move> Move for Vec<T> {
    fn shift(&mut self, by: &Offsets) {
        self.iter_mut().for_each(|one| one.shift(by));
    }
}

impl<A: Move, B: Move> Move for (A, B) {
    fn shift(&mut self, by: &Offsets) {
        self.0.shift(by);
        self.1.shift(by);
    }
}

/// Structs: the fields that move, and after the bar those that do not. A new field has to be named in one of the lists.
macro_rules! structs {
    ($($type:ident { $($field:ident),* | $($fixed:ident),* })*) => {$(
        impl Move for $type {
            fn shift(&mut self, by: &Offsets) {
                let $type { $($field,)* $($fixed: _,)* } = self;
                $($field.shift(by);)*
            }
        }
    )*};
}

structs! {
    Expr { span, kind | }
    Stmt { span, kind | }
    Arg { name, value, span | spread }
    Entry { key, value, span | spread }
    Clause { target, iter, conditions | }
    Attribute { name, value, span | }
    Case { tests, guard, body | falls_through }
    Handler { types, name, body, span | }
    Param { pattern, default, ty, decorators, span | kind }
    Class { name, bases, decorators, body, methods, parent, span | symbol }
    Import { local, span, stmt_span, scope | path, module }
    Function {
        name, params, decorators, body, parent, class, return_type, span, body_span, name_span
        | symbol, is_async, is_generator, is_static, is_arrow, is_exported
    }
}

/// Enums: as with structs, for each variant.
macro_rules! enums {
    ($($type:ident { $($variant:ident $(($($part:ident),*))? $({ $($field:ident),* | $($fixed:ident),* })?;)* })*) => {$(
        impl Move for $type {
            fn shift(&mut self, by: &Offsets) {
                match self {
                    $($type::$variant $(($($part),*))? $({ $($field,)* $($fixed: _,)* })? => {
                        $($($part.shift(by);)*)?
                        $($($field.shift(by);)*)?
                    })*
                }
            }
        }
    )*};
}

/// Literals hold no ids.
impl Move for Literal {
    fn shift(&mut self, _: &Offsets) {}
}

/// The only numbers that are no ids by type are positions in the list of imports.
impl Move for u32 {
    fn shift(&mut self, by: &Offsets) {
        *self += by.imports;
    }
}

enums! {
    ExprKind {
        Name(name);
        Member { object, name, name_span | };
        Index { object, index | };
        Slice { object, bounds | };
        Call { callee, args | is_new };
        Literal(literal);
        Template { parts | };
        Binary { left, right | op };
        Unary { operand | op };
        Conditional { test, then, otherwise | };
        Collection { entries | kind };
        Lambda(function);
        ClassExpr(class);
        Assign { target, value | op };
        Await(inner);
        Yield(inner);
        Spread(inner);
        Cast { operand, ty | };
        Comprehension { key, element, clauses | kind };
        Jsx { tag, attributes, children | };
        Sequence(items);
        Unknown(children);
    }
    StmtKind {
        Expr(value);
        Assign { targets, value, ty | op, declares };
        If { test, then, otherwise | };
        While { test, body, update, otherwise | test_last };
        ForEach { target, iter, body, otherwise | keys, declares };
        Switch { subject, cases | };
        Try { body, handlers, otherwise, finally | };
        With { items, body | };
        Return(value);
        Throw(value);
        Break;
        Continue;
        Function(function);
        Class(class);
        Import(indices);
        ExportDefault(value);
        Delete(items);
        Assert { test, message | };
        Outer(names);
        Block(block);
        Unknown(exprs, blocks);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use regex::Regex;

    use super::*;
    use crate::inspect::lowered;

    const PYTHON: &str = "\
import os.path as p
from .a import b
@d(1, *x, **y)
class C(B, k=1):
    n: int = 2
    async def m(self, a, *r, b=3, **k) -> str:
        global g
        for i, (j, *rest) in z.items():
            if not i < j <= 4: continue
            else: break
        while (w := f(a[1:2], a['k'])): w += 1
        try: await q(f'{a!r} {b}')
        except (E, F) as e: raise G from e
        finally: del a.b, c[0]
        with open(a) as h, l: yield {k: v for k, v in h if k}
        match a:
            case 1 | 2 if b: pass
        assert a, 'm'
        return lambda u=5: (u if a else None, ~b, [*c], {**d})
";

    const SCRIPT: &str = "\
import a, { b as c } from './m';
const { d, e: [f = 1, ...g] } = require('h');
export default class K extends L { static x = 2; get y() { return super.y ?? this?.z; } }
label: for (let i = 0, j; i < 3; i++) { switch (i) { case 1: j = i; default: break; } }
for (const k in o) delete o[k];
do { n = typeof m, void 0; } while (!n);
const v = <View a={1} {...p}>{q} text</View>;
export const w = async function* () { yield* x; try { await y`t${z}`; } catch { throw new E(...s); } };
";

    /// Every number of this kind in the text, from the least to the greatest.
    fn numbers(text: &str, kind: &str) -> Option<(u32, u32)> {
        let pattern = Regex::new(&format!(r"\b{kind}(\d+)")).expect("a pattern");
        let all = pattern.captures_iter(text).filter_map(|c| c[1].parse::<u32>().ok());
        all.fold(None, |range: Option<(u32, u32)>, n| {
            Some(range.map_or((n, n), |(low, high)| (low.min(n), high.max(n))))
        })
    }

    #[test]
    fn everything_moves_by_what_stands_in_front() {
        let ids = Regex::new(r"\bName\((\d+)\)").expect("a pattern");
        for (path, code) in [("a.py", PYTHON), ("a.tsx", SCRIPT), ("a.js", SCRIPT)] {
            let unit = lowered(path, code.as_bytes(), 10_000).expect("it can be read");
            assert!(unit.file.errors.is_empty(), "{path}");
            let front = lowered(path, b"let unused = 1", 100).expect("it can be read").file;
            let mut whole = front.as_ref().clone();
            assert_eq!(append(&mut whole, &unit.file, 1000).index(), front.functions.len());
            let shown = |f: &File, from: &File| {
                format!(
                    "{:?} {:?} {:?} {:?} {:?}",
                    f.exprs.get(from.exprs.len()..),
                    f.stmts.get(from.stmts.len()..),
                    f.functions.get(from.functions.len()..),
                    f.classes.get(from.classes.len()..),
                    f.imports.get(from.imports.len()..)
                )
            };
            let nothing = File {
                exprs: vec![],
                stmts: vec![],
                functions: vec![],
                classes: vec![],
                imports: vec![],
                ..front.as_ref().clone()
            };
            let (before, after) = (shown(&unit.file, &nothing), shown(&whole, &front));
            let moved = [
                ("ExprId\\(", front.exprs.len()),
                ("StmtId\\(", front.stmts.len()),
                ("FunctionId\\(", front.functions.len()),
                ("ClassId\\(", front.classes.len()),
                ("start: ", 1000),
                ("end: ", 1000),
            ];
            for (kind, by) in moved {
                let expected = numbers(&before, kind).map(|(low, high)| (low + by as u32, high + by as u32));
                assert_eq!(numbers(&after, kind), expected, "{path}: {kind}");
            }
            let texts = |f: &File, shown: &str| -> Vec<String> {
                ids.captures_iter(shown).map(|c| f.text(Name(c[1].parse().unwrap_or(u32::MAX))).to_owned()).collect()
            };
            assert_eq!(texts(&whole, &after), texts(&unit.file, &before), "{path}: names");
        }
    }
}
