//! Short names of weaknesses, for readers who do not know the numbers.

/// The short name of a CWE entry, after MITRE's list; `None` for entries that are rare in source code.
pub fn name(number: u32) -> Option<&'static str> {
    NAMES.binary_search_by_key(&number, |&(n, _)| n).ok().and_then(|at| NAMES.get(at)).map(|&(_, name)| name)
}

/// `CWE-89`.
pub fn id(number: u32) -> String {
    format!("CWE-{number}")
}

/// The page that explains a CWE entry.
pub fn url(number: u32) -> String {
    format!("https://cwe.mitre.org/data/definitions/{number}.html")
}

/// `CWE-89 (SQL Injection)`, or the number alone.
pub fn title(number: u32) -> String {
    match name(number) {
        Some(name) => format!("CWE-{number} ({name})"),
        None => id(number),
    }
}

/// `CWE-89 (SQL Injection), CWE-564`: only the first, the most fitting one, by name.
pub fn titles(numbers: &[u32]) -> String {
    let titles = numbers.iter().enumerate().map(|(at, &number)| if at == 0 { title(number) } else { id(number) });
    titles.collect::<Vec<_>>().join(", ")
}

/// Sorted by number.
const NAMES: &[(u32, &str)] = &[
    (20, "Improper Input Validation"),
    (22, "Path Traversal"),
    (23, "Relative Path Traversal"),
    (73, "External Control of File Name or Path"),
    (74, "Injection"),
    (77, "Command Injection"),
    (78, "OS Command Injection"),
    (79, "Cross-site Scripting"),
    (80, "Basic XSS"),
    (88, "Argument Injection"),
    (89, "SQL Injection"),
    (90, "LDAP Injection"),
    (91, "XML Injection"),
    (93, "CRLF Injection"),
    (94, "Code Injection"),
    (95, "Eval Injection"),
    (96, "Static Code Injection"),
    (113, "HTTP Response Splitting"),
    (116, "Improper Encoding or Escaping of Output"),
    (117, "Improper Output Neutralization for Logs"),
    (119, "Memory Buffer Errors"),
    (120, "Classic Buffer Overflow"),
    (134, "Externally-Controlled Format String"),
    (190, "Integer Overflow"),
    (200, "Exposure of Sensitive Information"),
    (203, "Observable Discrepancy"),
    (208, "Observable Timing Discrepancy"),
    (209, "Error Message Containing Sensitive Information"),
    (215, "Sensitive Information in Debugging Code"),
    (250, "Execution with Unnecessary Privileges"),
    (256, "Plaintext Storage of a Password"),
    (259, "Hard-coded Password"),
    (276, "Incorrect Default Permissions"),
    (284, "Improper Access Control"),
    (287, "Improper Authentication"),
    (295, "Improper Certificate Validation"),
    (306, "Missing Authentication for Critical Function"),
    (307, "Improper Restriction of Excessive Authentication Attempts"),
    (311, "Missing Encryption of Sensitive Data"),
    (312, "Cleartext Storage of Sensitive Information"),
    (319, "Cleartext Transmission of Sensitive Information"),
    (321, "Hard-coded Cryptographic Key"),
    (326, "Inadequate Encryption Strength"),
    (327, "Broken or Risky Cryptographic Algorithm"),
    (328, "Weak Hash"),
    (329, "Predictable IV with CBC Mode"),
    (330, "Insufficiently Random Values"),
    (338, "Cryptographically Weak Pseudo-Random Number Generator"),
    (345, "Insufficient Verification of Data Authenticity"),
    (346, "Origin Validation Error"),
    (347, "Improper Verification of Cryptographic Signature"),
    (352, "Cross-Site Request Forgery"),
    (362, "Race Condition"),
    (367, "Time-of-check Time-of-use Race Condition"),
    (377, "Insecure Temporary File"),
    (400, "Uncontrolled Resource Consumption"),
    (401, "Missing Release of Memory after Effective Lifetime"),
    (409, "Decompression Bomb"),
    (415, "Double Free"),
    (416, "Use After Free"),
    (426, "Untrusted Search Path"),
    (434, "Unrestricted Upload of File with Dangerous Type"),
    (470, "Unsafe Reflection"),
    (476, "NULL Pointer Dereference"),
    (489, "Active Debug Code"),
    (494, "Download of Code Without Integrity Check"),
    (497, "Exposure of Sensitive System Information"),
    (502, "Deserialization of Untrusted Data"),
    (521, "Weak Password Requirements"),
    (522, "Insufficiently Protected Credentials"),
    (532, "Sensitive Information in Log File"),
    (601, "Open Redirect"),
    (605, "Multiple Binds to the Same Port"),
    (611, "XML External Entity Reference"),
    (614, "Sensitive Cookie Without Secure Attribute"),
    (639, "Authorization Bypass Through User-Controlled Key"),
    (643, "XPath Injection"),
    (668, "Exposure of Resource to Wrong Sphere"),
    (693, "Protection Mechanism Failure"),
    (703, "Improper Handling of Exceptional Conditions"),
    (732, "Incorrect Permission Assignment for Critical Resource"),
    (759, "One-Way Hash without a Salt"),
    (760, "One-Way Hash with a Predictable Salt"),
    (770, "Allocation of Resources Without Limits or Throttling"),
    (776, "XML Entity Expansion"),
    (787, "Out-of-bounds Write"),
    (798, "Hard-coded Credentials"),
    (829, "Inclusion of Functionality from Untrusted Control Sphere"),
    (862, "Missing Authorization"),
    (863, "Incorrect Authorization"),
    (915, "Mass Assignment"),
    (916, "Password Hash With Insufficient Computational Effort"),
    (917, "Expression Language Injection"),
    (918, "Server-Side Request Forgery"),
    (942, "Permissive Cross-domain Policy"),
    (943, "Improper Neutralization in Data Query Logic"),
    (1004, "Sensitive Cookie Without HttpOnly Flag"),
    (1021, "Improper Restriction of Rendered UI Layers"),
    (1188, "Insecure Default Initialization of Resource"),
    (1275, "Sensitive Cookie with Improper SameSite Attribute"),
    (1321, "Prototype Pollution"),
    (1333, "Inefficient Regular Expression Complexity"),
    (1336, "Template Engine Injection"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_every_name_is_found() {
        for &(number, expected) in NAMES {
            assert_eq!(name(number), Some(expected));
        }
        assert_eq!((name(1), title(89)), (None, "CWE-89 (SQL Injection)".to_owned()));
    }
}
