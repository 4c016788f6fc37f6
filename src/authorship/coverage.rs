//! Line records of one file at one commit, made ready for looking up lines.

/// Who wrote lines, by a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Writer {
    /// An agent, alone or with a person.
    Agent {
        /// Its name.
        agent: Option<String>,
        /// Its model.
        model: Option<String>,
    },
    /// A person.
    Human,
}

/// Lines of a file with their writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineRecord {
    /// The path at the commit, as the record has it.
    pub path: String,
    /// First and last line, from one; in any order, perhaps overlapping.
    pub ranges: Vec<(u32, u32)>,
    /// Who wrote them.
    pub writer: Writer,
}

/// Which lines an agent wrote, and which a person.
#[derive(Debug, Default)]
pub(super) struct Coverage<'a> {
    agent: Ranges<'a>,
    human: Ranges<'a>,
}

/// Ranges by where they begin; each with the furthest end of those up to it, and whose range that is.
#[derive(Debug, Default)]
struct Ranges<'a> {
    sorted: Vec<(u32, u32, &'a Writer)>,
}

impl<'a> Coverage<'a> {
    pub(super) fn of(records: impl IntoIterator<Item = &'a LineRecord>) -> Coverage<'a> {
        let mut coverage = Coverage::default();
        for record in records {
            let side = match record.writer {
                Writer::Agent { .. } => &mut coverage.agent,
                Writer::Human => &mut coverage.human,
            };
            side.sorted.extend(record.ranges.iter().map(|(start, end)| (*start, *end, &record.writer)));
        }
        coverage.agent.finish();
        coverage.human.finish();
        coverage
    }

    pub(super) fn is_empty(&self) -> bool {
        self.agent.sorted.is_empty() && self.human.sorted.is_empty()
    }

    /// Whether it names any line of an agent.
    pub(super) fn names_an_agent(&self) -> bool {
        !self.agent.sorted.is_empty()
    }

    /// Who wrote a line; the agent where records contradict each other.
    pub(super) fn writer(&self, line: u32) -> Option<&'a Writer> {
        self.agent.at(line).or_else(|| self.human.at(line))
    }
}

impl<'a> Ranges<'a> {
    fn finish(&mut self) {
        // Stable, so that of equal ranges the first one stands.
        self.sorted.sort_by_key(|(start, _, _)| *start);
        let mut furthest: Option<(u32, &'a Writer)> = None;
        for (_, end, writer) in &mut self.sorted {
            match furthest {
                Some((before, owner)) if before >= *end => (*end, *writer) = (before, owner),
                _ => furthest = Some((*end, writer)),
            }
        }
    }

    fn at(&self, line: u32) -> Option<&'a Writer> {
        let before = self.sorted.partition_point(|(start, _, _)| *start <= line).checked_sub(1)?;
        let (_, end, writer) = self.sorted.get(before)?;
        (*end >= line).then_some(*writer)
    }
}
