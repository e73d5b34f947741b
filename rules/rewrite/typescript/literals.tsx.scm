(jsx_attribute) @browser
(jsx_element) @browser
