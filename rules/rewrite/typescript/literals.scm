; What TypeScript has beyond ../javascript/literals.scm.

((public_field_definition name: (property_identifier) @key value: (_) @value) @pair (#set! group "siblings"))
((required_parameter pattern: (identifier) @key value: (_) @value) @pair (#set! group "siblings"))
(public_field_definition) @scope.sync
(internal_module) @scope.sync
(import_require_clause) @import
((literal_type) @manual (#set! reason "the literal is a type"))
((enum_body) @manual (#set! reason "an enum member takes a constant only"))
((as_expression (_) @manual "const") (#set! reason "`as const` takes a constant only"))
((decorator) @manual (#set! reason "the literal is a decorator's argument, which runs before the module is ready"))
((ambient_declaration) @manual (#set! reason "a declaration isn't run"))
(public_field_definition name: (property_identifier) @name)
