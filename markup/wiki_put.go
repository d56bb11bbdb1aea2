package markup

import "errors"

func openWiki(_ string, _ *printer) (document, error) {
	return nil, errors.New("wiki: reading wiki markup comes next; use ADF")
}
